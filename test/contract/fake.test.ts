/** The simulated kernel answers as the real one does, with the Panfrost of each release. */
import { describe, expect, test } from 'vitest'
import { createFakeBoard, type FakeBoardOptions } from '../../src/board/fake-board.js'
import { ROWS } from '../../src/conform/rows/index.js'
import { runConform } from '../../src/conform/run-conform.js'
import { RELEASES } from '../../src/sim/kernel.js'
import { rowTests } from './row-tests.js'

/** Why rows may be skipped; Mapping.bytes says why a simulated mapping is no array. */
const REASONS = /: (holds |only when asked for|there is no |mappings are no arrays)/

const MACHINES: readonly FakeBoardOptions[] = [...RELEASES.map((release) => ({ release })), { gpu: 'i915' }]

const runs = await Promise.all(
  MACHINES.map(async (options) => {
    const board = createFakeBoard(options)
    return { board: board.description, run: await runConform(board, { rows: ROWS }) }
  }),
)

describe.each(runs)('$board', ({ run }) => {
  rowTests(() => run)

  test('skips only what another version has, what has to be asked for, and what it has no driver for', () => {
    const skipped = run.rows.flatMap((row) => (row.outcome === 'skip' ? [`${row.id}: ${row.why}`] : []))
    expect(skipped.filter((line) => !REASONS.test(line))).toEqual([])
  })
})
