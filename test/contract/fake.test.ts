/** The simulated kernel answers as the real one does. */
import { describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { ROWS } from '../../src/conform/rows/index.js'
import { runConform } from '../../src/conform/run-conform.js'
import { rowTests } from './row-tests.js'

const run = await runConform(createFakeBoard(), { rows: ROWS })

describe('the simulated kernel', () => {
  rowTests(() => run)

  test('runs most rows', () => {
    expect(run.passed).toBeGreaterThan(run.skipped)
  })
})
