/**
 * The pages of the machine's one zone, and how an allocation gets one: get_page_from_freelist() and
 * __alloc_pages_slowpath() of mm/page_alloc.c (6.12).
 *
 * Pages are counted, not placed: fragmentation is modelled in a CMA area alone. A freed page is gone with its content,
 * and whoever gets it next sees zeroes, because every user of pages here clears them.
 */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import { KernelPanic } from '../printk.js'
import { type CmaArea, isMovable } from './cma.js'
import type { Gfp } from './gfp.js'
import type { PageKind } from './page.js'
import type { Watermarks } from './watermarks.js'

const MAX_RECLAIM_RETRIES = 16
/** SWAP_CLUSTER_MAX: pages that one trip through the slow path may bring. */
const SLOW_BATCH = 32

export class PageAllocator {
  readonly #kernel: Kernel
  readonly totalPages: number
  readonly #used: Record<PageKind, number> = {
    anon: 0,
    shmem: 0,
    file: 0,
    kernel: 0,
    dmabuf: 0,
    'heap-pool': 0,
    detached: 0,
    zram: 0,
    ttm: 0,
  }
  #free: number
  /** The part of them that is a CMA area, where there is one. */
  cma: CmaArea | null = null

  constructor(kernel: Kernel, totalPages: number) {
    this.#kernel = kernel
    this.totalPages = totalPages
    this.#free = totalPages
  }

  get watermarks(): Watermarks {
    return this.#kernel.sysctl.watermarks
  }

  get freePages(): number {
    return this.#free
  }

  /** What is left for an allocation that cannot be moved: __zone_watermark_unusable_free(). */
  get unmovableFreePages(): number {
    return this.#free - (this.cma?.freePages ?? 0)
  }

  used(kind: PageKind): number {
    return this.#used[kind]
  }

  /**
   * Takes up to `wanted` pages, cleared; fewer when memory is short, so ask again. 0 when there is none to be had:
   * the caller may not wait, may fail, or is being killed.
   */
  allocate(kind: PageKind, wanted: number, gfp: Gfp): number {
    const { lowPages } = this.watermarks
    const granted =
      this.#takeAbove(kind, lowPages, wanted) ||
      this.#takeAfterNodeReclaim(kind, lowPages, wanted, gfp) ||
      this.#slowPath(kind, Math.min(wanted, SLOW_BATCH), gfp)
    this.#account(kind, granted)
    this.#kernel.spend(granted * COST_NS.zeroPage)
    return granted
  }

  /**
   * Takes 2^order pages that lie together, cleared, or none: false. Above PAGE_ALLOC_COSTLY_ORDER there is one reclaim at
   * most, and no process is killed.
   */
  allocateBlock(kind: PageKind, order: number, gfp: Gfp): boolean {
    if (order === 0) return this.allocate(kind, 1, gfp) === 1
    const pages = 1 << order
    const { kswapd, vmscan } = this.#kernel
    const fits = (markPages: number) => this.unmovableFreePages - pages >= markPages
    if (!fits(this.watermarks.lowPages)) {
      if (gfp.kswapdReclaim) kswapd.wake()
      if (!fits(this.watermarks.minPages) && gfp.directReclaim) vmscan.tryToFreePages()
      if (!fits(this.watermarks.minPages)) return false
    }
    this.#free -= pages
    this.#account(kind, pages)
    this.#kernel.spend(pages * COST_NS.zeroPage)
    return true
  }

  free(kind: PageKind, pages: number): void {
    if (pages > this.#used[kind]) throw new Error(`${pages} ${kind} pages freed, ${this.#used[kind]} in use`)
    this.#used[kind] -= pages
    this.#free += pages
    if (isMovable(kind)) this.cma?.limitLent(this.#used.anon + this.#used.file)
    this.#kernel.events.add('pgfree', pages)
    this.#kernel.spend(pages * COST_NS.freePage)
  }

  /** Takes up to `wanted` pages without a look at the watermarks, as reclaim itself may: PF_MEMALLOC. */
  takeReserve(kind: PageKind, wanted: number): number {
    const granted = Math.min(wanted, this.#free)
    this.#free -= granted
    this.#account(kind, granted)
    return granted
  }

  retype(from: PageKind, to: PageKind, pages: number): void {
    this.#used[from] -= pages
    this.#used[to] += pages
  }

  #account(kind: PageKind, pages: number): void {
    this.#used[kind] += pages
    this.#kernel.events.add('pgalloc_normal', pages)
  }

  #takeAbove(kind: PageKind, markPages: number, wanted: number): number {
    const usable = isMovable(kind) ? this.#free : this.unmovableFreePages
    const granted = Math.max(0, Math.min(wanted, usable - markPages))
    if (isMovable(kind)) this.cma?.lend(granted, this.#free)
    this.#free -= granted
    return granted
  }

  /** With vm.zone_reclaim_mode a node is reclaimed from before kswapd is asked. */
  #takeAfterNodeReclaim(kind: PageKind, markPages: number, wanted: number, gfp: Gfp): number {
    const { sysctl, vmscan } = this.#kernel
    if ((sysctl.zoneReclaimMode & 1) === 0 || !gfp.directReclaim) return 0
    return vmscan.nodeReclaim(1) < 0 ? 0 : this.#takeAbove(kind, markPages, wanted)
  }

  #slowPath(kind: PageKind, wanted: number, gfp: Gfp): number {
    const { minPages, highPages } = this.watermarks
    const kernel = this.#kernel
    if (gfp.kswapdReclaim) kernel.kswapd.wake()
    let granted = this.#takeAbove(kind, minPages, wanted)
    if (granted > 0 || !gfp.directReclaim) return granted
    for (let noProgressLoops = 0; ;) {
      if (kernel.currentIsDying()) return 0
      const reclaimed = kernel.vmscan.tryToFreePages()
      granted = this.#takeAbove(kind, minPages, wanted)
      if (granted > 0) return granted
      noProgressLoops = reclaimed > 0 ? 0 : noProgressLoops + 1
      // should_reclaim_retry(): would it be enough if all that can be reclaimed were?
      const available = this.unmovableFreePages + kernel.vmscan.reclaimablePages()
      if (noProgressLoops <= MAX_RECLAIM_RETRIES && available > minPages) continue
      if (gfp.retryMayfail) return 0
      // __alloc_pages_may_oom(): a parallel kill may have brought memory; hence one look at the high mark.
      granted = this.#takeAbove(kind, highPages, wanted)
      if (granted > 0) return granted
      if (!kernel.oom.outOfMemory(null)) throw new KernelPanic('System is deadlocked on memory')
      if (kernel.currentIsDying()) return 0
      granted = this.#takeAbove(kind, minPages, wanted)
      if (granted > 0) return granted
      noProgressLoops = 0
    }
  }
}
