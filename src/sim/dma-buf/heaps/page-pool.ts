/**
 * Blocks of one size that wait for their next user: struct drm_page_pool of the series "Generic page pool & deferred
 * freeing for system dmabuf heap" (RFC v6, February 2021), and struct ion_page_pool, drivers/staging/android/ion (5.10).
 * First in, first out. Pools of high and of low memory are one here.
 */
import type { Kernel } from '../../kernel.js'
import type { PageContents } from '../../mm/page-contents.js'
import type { Block, Order } from './blocks.js'

/** A block that keeps what was written to it until somebody zeroes it. */
export interface PooledBlock extends Block {
  readonly contents: PageContents
}

export class PagePool {
  readonly order: Order
  readonly #kernel: Kernel
  readonly #items: PooledBlock[] = []

  constructor(kernel: Kernel, order: Order) {
    this.#kernel = kernel
    this.order = order
  }

  /** Pages, not blocks. */
  get pages(): number {
    return this.#items.length << this.order
  }

  add(block: PooledBlock): void {
    this.#items.push(block)
    this.#kernel.pages.retype('dmabuf', 'heap-pool', 1 << this.order)
  }

  /** The one that waits longest. */
  remove(): PooledBlock | undefined {
    const block = this.#items.shift()
    if (block !== undefined) this.#kernel.pages.retype('heap-pool', 'dmabuf', 1 << this.order)
    return block
  }

  /** Gives a block back to the page allocator: how many pages that were, 0 from an empty pool. */
  freeOne(): number {
    if (this.remove() === undefined) return 0
    this.#kernel.pages.free('dmabuf', 1 << this.order)
    return 1 << this.order
  }
}
