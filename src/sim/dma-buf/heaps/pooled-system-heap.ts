/**
 * The system heap with page pools and deferred freeing: the series "Generic page pool & deferred freeing for system dmabuf
 * heap" (RFC v6, February 2021), which was not merged. A buffer is zeroed after its use, by a thread, so that a block from
 * a pool costs its next user nothing.
 */
import type { Kernel } from '../../kernel.js'
import { DmaHeap } from '../dma-heap.js'
import { type Order, takeBlocks } from './blocks.js'
import { DeferredFree } from './deferred-free-helper.js'
import { DrmPagePools } from './drm-page-pools.js'
import type { PooledBlock } from './page-pool.js'
import { freeBlock, newBlock, pooledMemory } from './pooled-buffer.js'

export function createPooledSystemHeap(kernel: Kernel, name: string, maxPoolPages: number): DmaHeap {
  const pools = new DrmPagePools(kernel, maxPoolPages)
  const ofOrder = { 8: pools.create(8), 4: pools.create(4), 0: pools.create(0) }
  const freeList = new DeferredFree(kernel)
  const take = (order: Order) => ofOrder[order].remove() ?? newBlock(kernel, order)
  const giveBack = (block: PooledBlock) => freeBlock(kernel, block)
  const allocate = (pages: number) => {
    const blocks = takeBlocks(pages, take, giveBack, () => kernel.currentIsDying())
    kernel.kswapd.runIfWoken()
    if (typeof blocks === 'number') return blocks
    return pooledMemory(kernel, name, blocks, freeList, (block) => pools.add(ofOrder[block.order], block))
  }
  return new DmaHeap(kernel, name, allocate, () => pools.totalPages)
}
