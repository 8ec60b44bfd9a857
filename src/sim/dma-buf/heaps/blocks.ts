/** How the system heaps put a buffer together: alloc_largest_available(), drivers/dma-buf/heaps/system_heap.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'

/** Sizes that are tried, largest first: 1 MiB, 64 KiB, 4 KiB. */
export const ORDERS = [8, 4, 0] as const
export type Order = (typeof ORDERS)[number]

/** Pages that lie together. */
export interface Block {
  readonly order: Order
}

export function pagesOfBlocks(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { order }) => sum + (1 << order), 0)
}

/**
 * Blocks of `pages` pages, each the largest that fits the rest and can be had; a size that failed once is not tried
 * again. ENOMEM; EINTR when the process is being killed. What was taken is given back then.
 */
export function takeBlocks<B extends Block>(
  pages: number,
  take: (order: Order) => B | undefined,
  giveBack: (block: B) => void,
  isDying: () => boolean,
): B[] | NegativeErrno {
  const blocks: B[] = []
  let maxOrder: Order = ORDERS[0]
  const fail = (errno: number): NegativeErrno => {
    for (const block of blocks) giveBack(block)
    return -errno
  }
  for (let rest = pages; rest > 0;) {
    if (isDying()) return fail(ERRNO.EINTR)
    const block: B | undefined = takeLargest(rest, maxOrder, take)
    if (block === undefined) return fail(isDying() ? ERRNO.EINTR : ERRNO.ENOMEM)
    blocks.push(block)
    rest -= 1 << block.order
    maxOrder = block.order
  }
  return blocks
}

function takeLargest<B extends Block>(
  rest: number,
  maxOrder: Order,
  take: (order: Order) => B | undefined,
): B | undefined {
  for (const order of ORDERS) {
    if (rest < 1 << order || maxOrder < order) continue
    const block = take(order)
    if (block !== undefined) return block
  }
  return undefined
}
