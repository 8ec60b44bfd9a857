/** The simulated kernel answers as the real one does, with the Panfrost of each release, and with Panthor. */
import { describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { ROWS } from '../../src/conform/rows/index.js'
import { runConform } from '../../src/conform/run-conform.js'
import { parseFakeWish } from '../../src/fake-wish.js'
import { RELEASES } from '../../src/sim/kernel.js'
import { rowTests } from './row-tests.js'

/** Why rows may be skipped; Mapping.bytes says why a simulated mapping is no array. */
const REASONS =
  /: (holds |only when asked for|there is no |there is swap$|mappings are no arrays|Panfrost (has a shrinker of its own|evicts nothing that is needed) here)/

const WISHES = [
  ...RELEASES,
  'rk3588',
  'rk3588,swap=512M',
  'i915',
  'shrinker-debug',
  '7.2+shrinker',
  '7.2+eviction,swap=512M',
].map((part) => `fake:${part}` as const)
const runs = await Promise.all(
  WISHES.map(async (wish) => ({
    wish,
    run: await runConform(createFakeBoard(parseFakeWish(wish)), { rows: ROWS }),
  })),
)

describe.each(runs)('$wish', ({ run }) => {
  rowTests(() => run)

  test('skips only what another version has, what has to be asked for, and what it has no driver for', () => {
    const skipped = run.rows.flatMap((row) => (row.outcome === 'skip' ? [`${row.id}: ${row.why}`] : []))
    expect(skipped.filter((line) => !REASONS.test(line))).toEqual([])
  })
})
