/** docs/conformance.md says what the simulated kernel does now, and what the saved runs said of real ones. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { ROWS } from '../../src/conform/rows/index.js'
import { runConform } from '../../src/conform/run-conform.js'
import { readRun } from '../../src/conform/saved-run.js'
import { callTable } from '../../src/report/conform/call-table.js'

const RUNS = new URL('runs/', import.meta.url)
const DOCS = new URL('../../docs/conformance.md', import.meta.url)
const saved = readdirSync(RUNS)
  .sort()
  .map((name) => readRun(new URL(name, RUNS).pathname))

test('the table of the docs is up to date (npm run docs:conformance writes it)', async () => {
  const fake = await runConform(createFakeBoard(), { rows: ROWS })
  expect(readFileSync(DOCS, 'utf8').endsWith(`\n${callTable([fake, ...saved])}`)).toBe(true)
})

test('every row ran as expected on a real kernel or on the fake one, unless it runs only when asked for', async () => {
  const fake = await runConform(createFakeBoard(), { rows: ROWS })
  const pc = await runConform(createFakeBoard({ gpu: 'i915' }), { rows: ROWS })
  const passed = new Set(
    [fake, pc, ...saved].flatMap(({ rows }) =>
      rows.filter((row) => row.outcome === 'pass').map(({ id }) => id),
    ),
  )
  const never = ROWS.filter(({ id, onlyWhenAsked }) => onlyWhenAsked === undefined && !passed.has(id))
  expect(never.map(({ id }) => id)).toEqual([])
})
