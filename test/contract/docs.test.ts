/** docs/conformance.md says what the simulated kernel does now, and what the saved runs said of real ones. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { ROWS } from '../../src/conform/rows/index.js'
import { runConform } from '../../src/conform/run-conform.js'
import { parseFakeWish } from '../../src/fake-wish.js'
import { readRun } from '../../src/conform/saved-run.js'
import { callTable } from '../../src/report/conform/call-table.js'

const RUNS = new URL('runs/', import.meta.url)
const DOCS = new URL('../../docs/conformance.md', import.meta.url)
const saved = readdirSync(RUNS)
  .sort()
  .map((name) => readRun(new URL(name, RUNS).pathname))

const FAKES = [
  'fake',
  'fake:rk3588,swap=512M',
  'fake:rk3588',
  'fake:i915',
  'fake:shrinker-debug',
  'fake:7.2+shrinker',
  'fake:7.2+eviction,swap=512M',
] as const
const fakes = await Promise.all(
  FAKES.map((wish) => runConform(createFakeBoard(parseFakeWish(wish)), { rows: ROWS })),
)

test('the table of the docs is up to date (npm run docs:conformance writes it)', () => {
  const table = callTable([...fakes.slice(0, 2), ...saved])
  expect(readFileSync(DOCS, 'utf8').endsWith(`\n${table}`)).toBe(true)
})

test('every row ran as expected on a real kernel or on the fake one, unless it runs only when asked for', () => {
  const passed = new Set(
    [...fakes, ...saved].flatMap(({ rows }) =>
      rows.filter((row) => row.outcome === 'pass').map(({ id }) => id),
    ),
  )
  const never = ROWS.filter(({ id, onlyWhenAsked }) => onlyWhenAsked === undefined && !passed.has(id))
  expect(never.map(({ id }) => id)).toEqual([])
})
