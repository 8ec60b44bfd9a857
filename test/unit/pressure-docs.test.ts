/** docs/pressure.md names every source, and says of each what the program says. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PRESSURE_HELP } from '../../src/cli/pressure-help.js'
import { PRESSURE_NAMES } from '../../src/pressure/pressure-source.js'
import { PRESSURE_SOURCES } from '../../src/pressure/sources.js'

test('the table has each source with its danger', () => {
  const text = readFileSync('docs/pressure.md', 'utf8')
  const rows = [...text.matchAll(/^\| `([a-z-]+)` +\|[^|]*\|[^|]*\| ([^|]*?) +\|$/gm)].map((row) =>
    row.slice(1),
  )
  expect(rows.sort()).toEqual(PRESSURE_SOURCES.map(({ name, danger }) => [name, danger]).sort())
})

test('so does --help', () => {
  for (const { danger } of PRESSURE_SOURCES) expect(PRESSURE_HELP).toContain(`disturbs ${danger}`)
  expect(PRESSURE_SOURCES.map(({ name }) => name).sort()).toEqual([...PRESSURE_NAMES].sort())
})
