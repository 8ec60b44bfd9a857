/** A buffer of blocks that come from pools and go back to them. */
import type { Kernel } from '../../kernel.js'
import { COST_NS } from '../../costs.js'
import { GFP_HIGH_ORDER, GFP_HIGHUSER, GFP_MID_ORDER, type Gfp } from '../../mm/gfp.js'
import { JoinedContents } from '../../mm/joined-contents.js'
import { PageContents } from '../../mm/page-contents.js'
import type { DmaBufMemory } from '../dma-buf.js'
import type { Order } from './blocks.js'
import type { FreeList, FreeReason } from './free-list.js'
import type { PooledBlock } from './page-pool.js'

/** order_flags of 5.11, and of ION's pools: only blocks of 1 MiB are not reclaimed for. */
const ORDER_GFP: Record<Order, Gfp> = { 8: GFP_HIGH_ORDER, 4: GFP_MID_ORDER, 0: GFP_HIGHUSER }

/** A zeroed block from the page allocator. */
export function newBlock(kernel: Kernel, order: Order): PooledBlock | undefined {
  if (!kernel.pages.allocateBlock('dmabuf', order, ORDER_GFP[order])) return undefined
  return { order, contents: new PageContents() }
}

export function freeBlock(kernel: Kernel, { order }: PooledBlock): void {
  kernel.pages.free('dmabuf', 1 << order)
}

/** The last file or mapping only puts the buffer on the list: zeroing is somebody else's work. */
export function pooledMemory(
  kernel: Kernel,
  exporter: string,
  blocks: readonly PooledBlock[],
  freeList: FreeList,
  addToPool: (block: PooledBlock) => void,
): DmaBufMemory {
  const parts = blocks.map(({ order, contents }) => ({
    contents: () => contents,
    firstPage: 0,
    pages: 1 << order,
  }))
  const pages = parts.reduce((sum, part) => sum + part.pages, 0)
  const free = (reason: FreeReason): void => {
    for (const block of blocks) {
      if (reason === 'pressure') freeBlock(kernel, block)
      else {
        block.contents.clear()
        addToPool(block)
      }
    }
  }
  return {
    contents: new JoinedContents(parts),
    pages,
    exporter,
    release: () => freeList.add({ pages, workNs: pages * COST_NS.zeroPage, free }),
  }
}
