/**
 * ION's system heap: drivers/staging/android/ion/ion_system_heap.c, ion_page_pool.c, ion_heap.c (5.10), behind a node of
 * dma-heap.c instead of /dev/ion. Its pools have no limit of their own; one shrinker has both free list and pools.
 */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import type { Kernel } from '../../kernel.js'
import type { ShrinkControl, Shrinker } from '../../mm/shrinker.js'
import { DmaHeap } from '../dma-heap.js'
import { type Order, takeBlocks } from './blocks.js'
import { FreeList } from './free-list.js'
import { PagePool, type PooledBlock } from './page-pool.js'
import { newBlock, pooledMemory } from './pooled-buffer.js'

const NAME = 'ion_system_heap'

class IonSystemHeap implements Shrinker {
  readonly name = `ion-${NAME}`
  readonly memcgAware = false
  readonly freeList: FreeList
  readonly #kernel: Kernel
  readonly #pools: Readonly<Record<Order, PagePool>>

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.freeList = new FreeList(kernel)
    this.#pools = {
      8: new PagePool(kernel, 8),
      4: new PagePool(kernel, 4),
      0: new PagePool(kernel, 0),
    }
    kernel.shrinkers.register(this)
  }

  get pooledPages(): number {
    return this.#pools[8].pages + this.#pools[4].pages + this.#pools[0].pages
  }

  readonly addToPool = (block: PooledBlock): void => this.#pools[block.order].add(block)

  /** ion_buffer_create(): what waits to be freed is freed, and a second try made, before it fails. */
  allocate(pages: number): PooledBlock[] | NegativeErrno {
    const blocks = this.#tryAllocate(pages)
    if (typeof blocks !== 'number') return blocks
    this.freeList.shrink(Infinity, 'normal')
    return this.#tryAllocate(pages)
  }

  countObjects(): number {
    return this.freeList.pages + this.pooledPages
  }

  /** First what is not zeroed yet, then the pools from the largest blocks on. */
  scanObjects(control: ShrinkControl): number {
    let freed = this.freeList.shrink(control.nrToScan, 'pressure')
    for (const order of [8, 4, 0] as const) {
      while (freed < control.nrToScan) {
        const more = this.#pools[order].freeOne()
        if (more === 0) break
        freed += more
      }
    }
    return freed
  }

  /** More than half of the machine is refused at once; what a failed try has taken goes to the pools. */
  #tryAllocate(pages: number): PooledBlock[] | NegativeErrno {
    const kernel = this.#kernel
    if (pages > kernel.pages.totalPages / 2) return -ERRNO.ENOMEM
    const take = (order: Order) => {
      const block = this.#pools[order].remove()
      return block ?? (kernel.currentIsDying() ? undefined : newBlock(kernel, order))
    }
    const blocks = takeBlocks(pages, take, this.addToPool, () => false)
    kernel.kswapd.runIfWoken()
    return blocks
  }
}

export function createIonSystemHeap(kernel: Kernel): DmaHeap {
  const heap = new IonSystemHeap(kernel)
  const allocate = (pages: number) => {
    const blocks = heap.allocate(pages)
    if (typeof blocks === 'number') return blocks
    return pooledMemory(kernel, NAME, blocks, heap.freeList, heap.addToPool)
  }
  return new DmaHeap(kernel, NAME, allocate, () => heap.pooledPages)
}
