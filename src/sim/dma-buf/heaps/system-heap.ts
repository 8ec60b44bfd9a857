/**
 * The heap of ordinary pages: drivers/dma-buf/heaps/system_heap.c (6.12). Its pages are the kernel's: charged to
 * nobody, not reclaimable, and given back to the page allocator by whoever lets go of the last file or mapping.
 */
import type { Kernel } from '../../kernel.js'
import { GFP_HIGH_ORDER, GFP_HIGHUSER, type Gfp } from '../../mm/gfp.js'
import { PageContents } from '../../mm/page-contents.js'
import { DmaHeap } from '../dma-heap.js'
import { type Block, type Order, pagesOfBlocks, takeBlocks } from './blocks.js'

/** order_flags: only single pages are worth reclaiming, or killing, for. */
const ORDER_GFP: Record<Order, Gfp> = { 8: GFP_HIGH_ORDER, 4: GFP_HIGH_ORDER, 0: GFP_HIGHUSER }

export function createSystemHeap(kernel: Kernel): DmaHeap {
  const { pages: allocator } = kernel
  const take = (order: Order): Block | undefined =>
    allocator.allocateBlock('dmabuf', order, ORDER_GFP[order]) ? { order } : undefined
  const giveBack = ({ order }: Block) => allocator.free('dmabuf', 1 << order)
  return new DmaHeap(kernel, 'system', (pages) => {
    const blocks = takeBlocks(pages, take, giveBack, () => kernel.currentIsDying())
    kernel.kswapd.runIfWoken()
    if (typeof blocks === 'number') return blocks
    return {
      contents: new PageContents(),
      pages,
      exporter: 'system',
      release: () => allocator.free('dmabuf', pagesOfBlocks(blocks)),
    }
  })
}
