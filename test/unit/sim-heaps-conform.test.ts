import { describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { DMA_BUF_ROWS } from '../../src/conform/rows/dma-buf.js'
import { DMA_HEAP_ROWS } from '../../src/conform/rows/dma-heap.js'
import { runConform } from '../../src/conform/run-conform.js'
import type { HeapKind } from '../../src/sim/dma-buf/heaps/create-heaps.js'

const VARIANTS: readonly (readonly HeapKind[])[] = [
  ['system'],
  ['system-pooled'],
  ['system', 'cma', 'system-pooled', 'ion'],
]

describe.each(VARIANTS.map((heaps) => ({ heaps })))('with the heaps $heaps', ({ heaps }) => {
  test('all rows of heaps and dma-bufs hold, and the accounts are in order', async () => {
    const board = createFakeBoard({ heaps })
    const { rows } = await runConform(board, { rows: [...DMA_HEAP_ROWS, ...DMA_BUF_ROWS] })
    expect(rows.filter((row) => row.outcome === 'fail')).toEqual([])
    expect(rows.find(({ id }) => id === 'dma-heap.closed-gives-back')?.outcome).toBe('pass')
    board.kernel.checkInvariants()
  })
})
