/**
 * Swap space: mm/swapfile.c, mm/memcontrol.c (__mem_cgroup_try_charge_swap), drivers/block/zram (6.12).
 *
 * A slot is a number: what was in the page stays with its owner. A swapped page gives its slot back when it is read in.
 */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import type { MemCgroup } from './mem-cgroup.js'
import { pagesOf } from './page.js'

export interface SwapOptions {
  /** Size of the one swap device. */
  readonly bytes: number
  /** The device is zram, which keeps this many pages in one. Without it the device is a disk, which takes no memory. */
  readonly zramRatio?: number
}

/** What can be swapped out: an anonymous mapping, or a shmem file whose pages nobody holds. */
export interface SwapOwner {
  /** Swaps out up to `wanted` of its pages that are charged to `memcg`, and tells how many. */
  swapOut(memcg: MemCgroup, wanted: number): number
}

export class Swap {
  readonly #kernel: Kernel
  readonly totalPages: number
  readonly #zramRatio: number | null
  usedPages = 0

  constructor(kernel: Kernel, options: SwapOptions | undefined) {
    if (options !== undefined && !(options.bytes >= 0 && (options.zramRatio ?? 1) >= 1)) {
      throw new RangeError('swap needs a size in bytes, and a zram ratio of at least 1')
    }
    this.#kernel = kernel
    this.totalPages = options === undefined ? 0 : pagesOf(options.bytes)
    this.#zramRatio = options?.zramRatio ?? null
  }

  get deviceName(): string {
    return this.#zramRatio === null ? '/dev/vda2' : '/dev/zram0'
  }

  /** get_nr_swap_pages(): free slots. Drivers that evict look at nothing else. */
  get freePages(): number {
    return this.totalPages - this.usedPages
  }

  /** mem_cgroup_get_nr_swap_pages(): what the group may still swap; the whole of it for no group. */
  freePagesFor(memcg: MemCgroup | null): number {
    let pages = this.freePages
    for (const group of memcg?.upwards ?? []) pages = Math.min(pages, group.swapMaxPages - group.swapPages)
    return Math.max(0, pages)
  }

  /** Slots for up to `wanted` pages, charged to `memcg`; the data is written. */
  take(memcg: MemCgroup, wanted: number): number {
    const allowed = Math.min(wanted, this.freePagesFor(memcg))
    if (allowed < wanted && this.freePages >= wanted) memcg.swapFailed()
    const granted = this.#resizeZram(this.usedPages + allowed) - this.usedPages
    this.usedPages += granted
    memcg.addSwap(granted)
    this.#kernel.events.add('pswpout', granted)
    this.#kernel.spend(granted * COST_NS.swapPage)
    return granted
  }

  /** swap_free(): the pages were read in, or nobody wants them any more. */
  release(memcg: MemCgroup, pages: number): void {
    memcg.addSwap(-pages)
    this.usedPages -= pages
    this.#resizeZram(this.usedPages)
  }

  /** How many pages zram could be made to hold: its memory comes from below the watermarks, down to the last page. */
  #resizeZram(slots: number): number {
    if (this.#zramRatio === null) return slots
    const { pages } = this.#kernel
    const needed = Math.ceil(slots / this.#zramRatio) - pages.used('zram')
    if (needed < 0) pages.free('zram', -needed)
    const granted = needed > 0 ? pages.takeReserve('zram', needed) : needed
    return granted < needed ? Math.floor(pages.used('zram') * this.#zramRatio) : slots
  }
}
