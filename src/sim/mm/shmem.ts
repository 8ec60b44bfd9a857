/**
 * A shmem file without a name, as a GEM object owns one, and the pages that its owner took from it:
 * shmem_read_folio_gfp(), shmem_writepage(), shmem_truncate_range(), mm/shmem.c; drm_gem_get_pages(),
 * drivers/gpu/drm/drm_gem.c (6.12).
 *
 * A page goes back to the allocator when the file has dropped it and nobody holds it any more. Pages of a file that
 * nobody holds can be swapped out; what was in them stays.
 */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import { Charges } from './charges.js'
import { GFP_GEM } from './gfp.js'
import type { MemCgroup } from './mem-cgroup.js'
import { PageContents } from './page-contents.js'
import type { SwapOwner } from './swap.js'

/** Makes up to `wanted` pages that are charged to `memcg`; 0 when there are none to be had. */
type TakePages = (memcg: MemCgroup, wanted: number) => number

const IN_FILE = 1
const HELD = 2

/** Pages of a file, and who holds them. */
export class ShmemPages extends Charges implements SwapOwner {
  #contents: PageContents | null = null
  /** To whom the slots of swapped pages are charged; null: none was ever swapped. */
  swapCharges: Charges | null = null
  /** IN_FILE, HELD. */
  #flags = IN_FILE
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    super()
    this.#kernel = kernel
  }

  get inFile(): boolean {
    return (this.#flags & IN_FILE) !== 0
  }

  set inFile(value: boolean) {
    this.#flags = value ? this.#flags | IN_FILE : this.#flags & ~IN_FILE
  }

  /** The owner of the file holds the pages: they are unevictable. */
  get held(): boolean {
    return (this.#flags & HELD) !== 0
  }

  set held(value: boolean) {
    this.#flags = value ? this.#flags | HELD : this.#flags & ~HELD
  }

  /** Of resident pages. */
  get charges(): Charges {
    return this
  }

  get contents(): PageContents {
    return (this.#contents ??= new PageContents())
  }

  /** The pages are the allocator's again. */
  forget(): void {
    this.clear()
    this.#contents?.clear()
  }

  /** mapping_set_unevictable(): pages are off the lists of reclaim. */
  hold(): void {
    if (this.held) return
    this.held = true
    if (this.total === 0) return
    for (const [memcg, pages] of this.charges.entries()) {
      memcg.addEvictable(this, -pages)
      memcg.anonLru.delete(this)
    }
  }

  /** check_move_unevictable_folios(): from now on they can be swapped out, when they are a file's. */
  letGo(): void {
    if (!this.held) return
    this.held = false
    if (!this.inFile) return
    for (const [memcg, pages] of this.charges.entries()) memcg.addEvictable(this, pages)
  }

  swapOut(memcg: MemCgroup, wanted: number): number {
    const granted = this.#kernel.swap.take(memcg, Math.min(wanted, this.charges.get(memcg)))
    this.charges.add(memcg, -granted)
    memcg.addEvictable(this, -granted)
    if (this.charges.get(memcg) === 0) memcg.anonLru.delete(this)
    this.#kernel.freeCharged('shmem', memcg, granted)
    this.swapCharges ??= new Charges()
    this.swapCharges.add(memcg, granted)
    return granted
  }
}

export class ShmemFile {
  readonly #kernel: Kernel
  #pages: ShmemPages | null = null

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  get residentPages(): number {
    return this.#pages?.charges.total ?? 0
  }

  get swappedPages(): number {
    return this.#pages?.swapCharges?.total ?? 0
  }

  /**
   * The first `upTo` pages of the file, whose size its owner knows: read in where they are swapped out, charged to whom they were taken
   * from; allocated where it has none, charged to the calling process. Null when memory or a limit does not allow it;
   * what was allocated by then stays in the file.
   */
  getPages(upTo: number, take?: TakePages): ShmemPages | null {
    const pages = (this.#pages ??= new ShmemPages(this.#kernel))
    const wasHeld = pages.held
    pages.hold()
    if (this.swapIn(pages, take) && this.allocate(pages, upTo, take)) return pages
    if (!wasHeld) pages.letGo()
    return null
  }

  /** drm_gem_put_pages(): the owner lets go. Frees the pages when they are no longer the file's. */
  putPages(pages: ShmemPages): void {
    pages.letGo()
    if (!pages.inFile) this.free(pages, 'detached')
  }

  /** The file becomes empty. Pages that the owner still holds stay allocated, but belong to no file. */
  truncate(): void {
    const pages = this.#pages
    if (pages === null) return
    this.#pages = null
    for (const [memcg, count] of pages.swapCharges?.entries() ?? []) this.#kernel.swap.release(memcg, count)
    pages.swapCharges = null
    const wasHeld = pages.held
    pages.hold()
    pages.inFile = false
    if (!wasHeld) {
      pages.held = false
      this.free(pages, 'shmem')
      return
    }
    this.#kernel.pages.retype('shmem', 'detached', pages.charges.total)
    for (const [memcg, count] of pages.charges.entries()) memcg.addStat('shmem', -count)
  }

  /** Writes to swap what nobody holds, at once: __shmem_writeback(), drivers/gpu/drm/i915/gem/i915_gem_shmem.c. */
  writeback(): void {
    const pages = this.#pages
    if (pages === null || pages.held) return
    for (const [memcg, count] of [...pages.charges.entries()]) pages.swapOut(memcg, count)
  }

  private swapIn(pages: ShmemPages, take: TakePages | undefined): boolean {
    const kernel = this.#kernel
    for (;;) {
      const [next] = pages.swapCharges?.entries() ?? []
      if (next === undefined) return true
      const [memcg, wanted] = next
      if (kernel.currentIsDying()) return false
      const granted = this.takePages(memcg, wanted, take)
      if (granted === 0) return false
      kernel.events.add('pswpin', granted)
      kernel.spend(granted * COST_NS.swapPage)
      pages.swapCharges?.add(memcg, -granted)
      kernel.swap.release(memcg, granted)
      pages.charges.add(memcg, granted)
    }
  }

  private takePages(memcg: MemCgroup, wanted: number, take: TakePages | undefined): number {
    return take?.(memcg, wanted) ?? this.#kernel.allocateCharged('shmem', memcg, wanted, GFP_GEM)
  }

  private allocate(pages: ShmemPages, upTo: number, take: TakePages | undefined): boolean {
    const kernel = this.#kernel
    while (pages.charges.total < upTo) {
      if (kernel.currentIsDying()) return false
      const memcg = kernel.currentMemcg()
      const missing = upTo - pages.charges.total
      const granted = this.takePages(memcg, missing, take)
      if (granted === 0) return false
      pages.charges.add(memcg, granted)
    }
    return true
  }

  private free(pages: ShmemPages, kind: 'shmem' | 'detached'): void {
    for (const [memcg, count] of pages.charges.entries()) this.#kernel.freeCharged(kind, memcg, count)
    pages.forget()
  }
}
