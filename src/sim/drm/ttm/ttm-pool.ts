/**
 * Where a device's buffers get their pages from, and where these are kept for the next one: struct ttm_pool,
 * ttm_pool_alloc(), ttm_pool_free(), drivers/gpu/drm/ttm/ttm_pool.c (6.12).
 *
 * Free pages are not placed here, so a large block is to be had whenever enough pages are free, and the one pass of
 * reclaim that __GFP_NORETRY allows for it is left out.
 */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import type { Kernel } from '../../kernel.js'
import { GFP_GEM, GFP_HIGHUSER, type Gfp } from '../../mm/gfp.js'
import type { TtmPoolManager } from './ttm-pool-manager.js'
import {
  MAX_PAGE_ORDER,
  poolTypes,
  TTM_CACHINGS,
  type TtmCaching,
  type TtmPoolType,
} from './ttm-pool-type.js'

/** How many blocks of each order a buffer has. They lie in it from the largest to the smallest. */
export type TtmBlocks = number[]

const GFP_BLOCK: Gfp = { directReclaim: false, kswapdReclaim: true, retryMayfail: false }

export interface TtmPoolOptions {
  /** Coherent DMA memory: pools of its own, of cached pages too. */
  readonly useDmaAlloc?: boolean
  /** Below 4 GiB only. */
  readonly useDma32?: boolean
  /** On a machine with several nodes, on x86: pools of its own. */
  readonly hasNode?: boolean
}

export class TtmPool {
  readonly useDmaAlloc: boolean
  readonly useDma32: boolean
  readonly #kernel: Kernel
  readonly #manager: TtmPoolManager
  readonly #hasNode: boolean
  /** Of its own: only those that are used are shrunk. */
  readonly #caching: ReadonlyMap<TtmCaching, readonly TtmPoolType[]>

  /** ttm_pool_init(). */
  constructor(kernel: Kernel, manager: TtmPoolManager, options: TtmPoolOptions = {}) {
    this.#kernel = kernel
    this.#manager = manager
    this.useDmaAlloc = options.useDmaAlloc ?? false
    this.useDma32 = options.useDma32 ?? false
    this.#hasNode = options.hasNode ?? false
    this.#caching = new Map(TTM_CACHINGS.map((caching) => [caching, poolTypes(caching)]))
    for (const type of this.#usedTypes()) manager.add(type)
  }

  /** The rows of its own pools, as debugfs names them; null without coherent DMA memory. */
  get dmaRows(): ReadonlyMap<TtmCaching, readonly TtmPoolType[]> | null {
    return this.useDmaAlloc ? this.#caching : null
  }

  /** ttm_pool_fini(). */
  fini(): void {
    for (const type of this.#usedTypes()) this.#manager.remove(type)
  }

  /**
   * ttm_pool_alloc(): the largest blocks first, each size from the pool before new ones are made. -ENOMEM, with nothing
   * taken: what has its caching by then goes to the pool. New blocks get theirs when the next one of the pool comes.
   */
  alloc(pages: number, caching: TtmCaching, gfpRetryMayfail = false): TtmBlocks | NegativeErrno {
    const blocks: TtmBlocks = []
    const fresh: TtmBlocks = []
    let order = MAX_PAGE_ORDER
    for (let rest = pages; rest > 0;) {
      order = Math.min(order, Math.floor(Math.log2(rest)))
      const size = 2 ** order
      const type = this.#selectType(caching, order)
      while (rest >= size && type !== null && this.#manager.take(type)) {
        addAll(blocks, fresh.splice(0))
        add(blocks, order)
        rest -= size
      }
      while (rest >= size && this.#allocBlock(order, gfpRetryMayfail)) {
        add(fresh, order)
        rest -= size
      }
      if (rest < size) continue
      if (order === 0) {
        this.free(blocks, caching)
        this.#giveAll(fresh, 'cached')
        return -ERRNO.ENOMEM
      }
      order--
    }
    addAll(blocks, fresh)
    return blocks
  }

  /** ttm_pool_free(): to the pool, or to the machine where there is none, and then back under the limit. */
  free(blocks: TtmBlocks, caching: TtmCaching): void {
    this.#giveAll(blocks, caching)
    this.#manager.enforceLimit()
  }

  #giveAll(blocks: TtmBlocks, caching: TtmCaching): void {
    for (let order = blocks.length - 1; order >= 0; order--) {
      const type = this.#selectType(caching, order)
      for (let left = blocks[order] ?? 0; left > 0; left--) {
        if (type === null) this.#manager.freePages(order)
        else this.#manager.give(type)
      }
    }
  }

  /** ttm_pool_alloc_page(). */
  #allocBlock(order: number, gfpRetryMayfail: boolean): boolean {
    const { pages, kswapd } = this.#kernel
    const size = 2 ** order
    if (order > 0 && pages.freePages - size < pages.watermarks.minPages) {
      kswapd.wake()
      kswapd.runIfWoken()
      return false
    }
    const gfp = order > 0 ? GFP_BLOCK : gfpRetryMayfail ? GFP_GEM : GFP_HIGHUSER
    let got = 0
    while (got < size) {
      const granted = pages.allocate('ttm', size - got, gfp)
      if (granted === 0) break
      got += granted
    }
    if (got < size) pages.free('ttm', got)
    kswapd.runIfWoken()
    return got === size
  }

  /** ttm_pool_select_type(); null: pages of this caching are not kept. */
  #selectType(caching: TtmCaching, order: number): TtmPoolType | null {
    if (this.useDmaAlloc) return this.#own(caching, order)
    if (!this.#manager.isX86 || caching === 'cached') return null
    if (this.#hasNode) return this.#own(caching, order)
    const { globals } = this.#manager
    const row = caching === 'uncached' ? 'uc' : 'wc'
    return globals[this.useDma32 ? (`${row} 32` as const) : row][order] ?? null
  }

  #own(caching: TtmCaching, order: number): TtmPoolType | null {
    return this.#caching.get(caching)?.[order] ?? null
  }

  *#usedTypes(): Generator<TtmPoolType> {
    for (const types of this.#caching.values())
      for (const type of types) if (this.#selectType(type.caching, type.order) === type) yield type
  }
}

function add(blocks: TtmBlocks, order: number, count = 1): void {
  while (blocks.length <= order) blocks.push(0)
  blocks[order] = (blocks[order] ?? 0) + count
}

function addAll(blocks: TtmBlocks, more: TtmBlocks): void {
  for (const [order, count] of more.entries()) add(blocks, order, count)
}
