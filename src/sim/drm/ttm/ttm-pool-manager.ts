/**
 * What all pools of the machine share: the limit of pages, the list of pool types that is shrunk in turn, the shrinker.
 * ttm_pool_mgr_init(), ttm_pool_shrink(), drivers/gpu/drm/ttm/ttm_pool.c (6.12).
 */
import { COST_NS } from '../../costs.js'
import type { Kernel } from '../../kernel.js'
import { SHRINK_EMPTY, SHRINK_STOP, type ShrinkControl, type Shrinker } from '../../mm/shrinker.js'
import { poolTypes, type TtmPoolType } from './ttm-pool-type.js'

export class TtmPoolManager implements Shrinker {
  readonly name = 'drm-ttm_pool'
  readonly memcgAware = false
  readonly seeks = 1
  /** page_pool_size: compared anew each time that pages are given, so that a smaller one takes effect then. */
  pageLimit: number
  /** allocated_pages: free ones in all pools. */
  allocatedPages = 0
  /** Pools of devices without pools of their own, in the rows of debugfs. On x86 only. */
  readonly globals: Readonly<Record<'wc' | 'uc' | 'wc 32' | 'uc 32', readonly TtmPoolType[]>> = {
    wc: poolTypes('write-combined'),
    uc: poolTypes('uncached'),
    'wc 32': poolTypes('write-combined'),
    'uc 32': poolTypes('uncached'),
  }
  /** CONFIG_X86: elsewhere pages have no caching of their own, and nothing is kept without coherent DMA memory. */
  readonly isX86: boolean
  readonly #kernel: Kernel
  /** The first one gives next, then goes to the end. */
  readonly #shrinkerList: TtmPoolType[] = []

  constructor(kernel: Kernel, pageLimit: number, isX86: boolean) {
    this.#kernel = kernel
    this.pageLimit = pageLimit
    this.isX86 = isX86
    const { wc, uc, 'wc 32': wc32, 'uc 32': uc32 } = this.globals
    for (const order of wc.keys()) {
      for (const types of [wc, uc, wc32, uc32]) {
        const type = types[order]
        if (type !== undefined) this.add(type)
      }
    }
    kernel.shrinkers.register(this)
  }

  /** ttm_pool_type_init(). */
  add(type: TtmPoolType): void {
    this.#shrinkerList.push(type)
  }

  /** ttm_pool_type_fini(): its pages are freed. */
  remove(type: TtmPoolType): void {
    this.#shrinkerList.splice(this.#shrinkerList.indexOf(type), 1)
    while (this.take(type)) this.freePages(type.order)
  }

  /** ttm_pool_type_give(): a block that nobody uses any more, cleared. */
  give(type: TtmPoolType): void {
    this.#kernel.spend(type.blockPages * COST_NS.zeroPage)
    type.blocks++
    this.allocatedPages += type.blockPages
  }

  /** ttm_pool_type_take(): false when it has none. */
  take(type: TtmPoolType): boolean {
    if (type.blocks === 0) return false
    type.blocks--
    this.allocatedPages -= type.blockPages
    return true
  }

  /** ttm_pool_free_page(): a block goes back to the machine. */
  freePages(order: number): void {
    this.#kernel.pages.free('ttm', 2 ** order)
  }

  /** After pages were given: back under the limit. */
  enforceLimit(): void {
    while (this.allocatedPages > this.pageLimit) this.#shrink()
  }

  countObjects(): number {
    return this.allocatedPages > 0 ? this.allocatedPages : SHRINK_EMPTY
  }

  /** ttm_pool_shrinker_scan(): at least one step, even when nothing was asked for. */
  scanObjects(control: ShrinkControl): number {
    let freed = 0
    do freed += this.#shrink()
    while (freed < control.nrToScan && this.allocatedPages > 0)
    control.nrScanned = freed
    return freed || SHRINK_STOP
  }

  /** ttm_pool_shrink(): at most one block, of the type whose turn it is. Pages freed. */
  #shrink(): number {
    const type = this.#shrinkerList.shift()
    if (type === undefined) return 0
    this.#shrinkerList.push(type)
    if (!this.take(type)) return 0
    this.freePages(type.order)
    return type.blockPages
  }
}
