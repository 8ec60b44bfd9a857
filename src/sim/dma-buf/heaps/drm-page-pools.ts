/**
 * All page pools under one limit and one shrinker: drivers/gpu/drm/page_pool.c of the series "Generic page pool &
 * deferred freeing for system dmabuf heap" (RFC v6, February 2021).
 */
import type { Kernel } from '../../kernel.js'
import { SHRINK_EMPTY, type ShrinkControl, type Shrinker } from '../../mm/shrinker.js'
import type { Order } from './blocks.js'
import { PagePool, type PooledBlock } from './page-pool.js'

export class DrmPagePools implements Shrinker {
  readonly name = 'drm-page-pool'
  readonly memcgAware = false
  /** page_pool_max: of all pools together. */
  readonly maxPages: number
  readonly #kernel: Kernel
  /** pool_list: the next one to be shrunk is first. */
  readonly #list: PagePool[] = []

  constructor(kernel: Kernel, maxPages: number) {
    this.#kernel = kernel
    this.maxPages = maxPages
    kernel.shrinkers.register(this)
  }

  /** drm_page_pool_create(). */
  create(order: Order): PagePool {
    const pool = new PagePool(this.#kernel, order)
    this.#list.unshift(pool)
    return pool
  }

  get totalPages(): number {
    return this.#list.reduce((sum, pool) => sum + pool.pages, 0)
  }

  /** drm_page_pool_add(): what is too much goes, whichever pool it is in. */
  add(pool: PagePool, block: PooledBlock): void {
    pool.add(block)
    while (this.totalPages > this.maxPages) this.#shrinkOne()
  }

  countObjects(): number {
    return this.totalPages || SHRINK_EMPTY
  }

  scanObjects(control: ShrinkControl): number {
    let freed = 0
    while (freed < control.nrToScan && this.totalPages > 0) freed += this.#shrinkOne()
    return freed
  }

  /** drm_page_pool_shrink_one(): each pool in its turn; 0 from an empty one. */
  #shrinkOne(): number {
    const pool = this.#list.shift()
    if (pool === undefined) return 0
    this.#list.push(pool)
    return pool.freeOne()
  }
}
