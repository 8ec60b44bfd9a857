/**
 * GEM objects of a driver with the generic shrinker: the drm-shmem helper with "drm/shmem-helper: Add memory shrinker",
 * v17 13/18, whose parts that v16 15/20 has alike. What it does not change is the helper's (gem-shmem.ts).
 *
 * A mixin, as drivers have classes of their own. The pages may be given back to the shmem file while they are used:
 * `pagesUseCount` counts on, `pages` is null, and `evicted` (or `madv` below 0) says why.
 */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import { COST_NS } from '../costs.js'
import { ListNode } from '../lib/linked-list.js'
import { mayAllocate } from '../sched/allocation.js'
import { runToCompletion, type Path } from '../sched/path.js'
import { KernelViolation, warnOn } from '../sched/violation.js'
import { lruMoveTail, lruRemove, type GemLru, type LruMember } from './gem-lru.js'
import type { GemShmemObject } from './gem-shmem.js'
import type { GemShmemShrinker } from './gem-shmem-shrinker.js'

/** What the mixin adds. Paths with "locked" in their comment want the reservation held. */
export interface ShmemReclaimable extends GemShmemObject {
  /** One of the shrinker's lists, or none. */
  lru: GemLru | null
  readonly lruNode: ListNode<LruMember>
  readonly isEvictable: boolean
  /** The pages were handed back to the shmem file, and can be had again. */
  evicted: boolean
  /** funcs->evict, locked: the driver gives up the object. EBUSY. */
  evict(): Path<NegativeErrno | 0>
  /** drm_gem_shmem_purge_locked(). */
  purgeLocked(): Path<void>
  /** drm_gem_shmem_evict_locked(). */
  evictLocked(): Path<void>
  /** drm_gem_shmem_swapin_locked(). ENOMEM. */
  swapInLocked(): Path<NegativeErrno | 0>
  /** drm_gem_shmem_madvise_locked(): whether the pages are still there. */
  madviseLocked(advice: number): Path<boolean>
  /** drm_gem_shmem_pin(), and vmap, which is one. ENOMEM. */
  pinPath(): Path<NegativeErrno | 0>
  unpinPath(): Path<void>
}

/** `dev->shmem_mm` of the objects' device. */
export interface HasShmemShrinker {
  readonly shmemShrinker: GemShmemShrinker
}

// TypeScript wants exactly this parameter list of a mixin's base.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Class<T> = abstract new (...args: any[]) => T

/** The subclass says what evict() does. */
export function reclaimable<Base extends Class<GemShmemObject>>(
  base: Base,
): Base & Class<ShmemReclaimable & HasShmemShrinker> {
  abstract class Reclaimable extends base implements ShmemReclaimable, HasShmemShrinker {
    evicted = false
    /** The sg table owns a use of the pages, which stays while they are evicted or purged. */
    gotPagesSgt = false
    lru: GemLru | null = null
    readonly lruNode: ListNode<LruMember> = new ListNode<LruMember>(this)

    abstract readonly shmemShrinker: GemShmemShrinker
    abstract evict(): Path<NegativeErrno | 0>

    /** drm_gem_shmem_is_evictable(). */
    get isEvictable(): boolean {
      return this.madv >= 0 && this.#isReclaimable && this.#isMappedByDevice && !this.evicted
    }

    /** drm_gem_shmem_is_purgeable(). */
    override get isPurgeable(): boolean {
      return this.madv > 0 && this.#isReclaimable && (this.#isMappedByDevice || this.evicted)
    }

    get #isReclaimable(): boolean {
      const isKept = this.isShared && !this.device.kernel.bugs.has('shared-bo-purged')
      return this.pagesUseCount > 0 && this.pinCount === 0 && !isKept
    }

    get #isMappedByDevice(): boolean {
      return this.hasSgt || this.shmemShrinker.evictWithoutSgt || this.#bug('evict-null-sgt')
    }

    override *getPagesLocked(): Path<NegativeErrno | 0> {
      if (this.madv < 0) return -ERRNO.ENOMEM
      if (this.pagesUseCount === 0) {
        const result = yield* this.#acquirePages()
        if (result !== 0) return result
        this.pagesUseCount = 1
        yield* this.#updatePagesState()
      } else this.pagesUseCount++
      return 0
    }

    override putPages(): void {
      runToCompletion(this.putPagesLocked())
    }

    override *putPagesLocked(): Path<void> {
      if (this.pagesUseCount === 0)
        throw new KernelViolation('refcount', `refcount_t: underflow: pages of ${this.label}`)
      if (--this.pagesUseCount > 0) return
      this.#releasePages()
      // The series leaves it set, and its next user then finds pages that are there and evicted.
      this.evicted = false
      yield* this.#updatePagesState()
    }

    override *getPagesSgt(): Path<NegativeErrno | 0> {
      const where = 'drm_gem_shmem_get_pages_sgt'
      yield this.resvLock.lock(where)
      let result: NegativeErrno | 0 = 0
      if (this.evicted) result = yield* this.swapInLocked()
      if (result === 0 && !this.hasSgt) {
        result = yield* this.getPagesLocked()
        if (result === 0) {
          this.hasSgt = this.gotPagesSgt = true
          yield* this.#updatePagesState()
        }
      }
      yield this.resvLock.unlock(where)
      return result
    }

    override pin(): NegativeErrno | 0 {
      return runToCompletion(this.pinPath())
    }

    override unpin(): void {
      runToCompletion(this.unpinPath())
    }

    *pinPath(): Path<NegativeErrno | 0> {
      const where = 'drm_gem_shmem_pin'
      yield this.resvLock.lock(where)
      let result: NegativeErrno | 0 = 0
      // All pins together own one use of the pages.
      if (this.pinCount === 0) {
        result = yield* this.getPagesLocked()
        if (result === 0) {
          result = yield* this.swapInLocked()
          if (result !== 0) yield* this.putPagesLocked()
        }
      }
      if (result === 0) this.pinCount++
      yield this.resvLock.unlock(where)
      return result
    }

    *unpinPath(): Path<void> {
      const where = 'drm_gem_shmem_unpin'
      yield this.resvLock.lock(where)
      if (--this.pinCount === 0) yield* this.putPagesLocked()
      yield this.resvLock.unlock(where)
    }

    *madviseLocked(advice: number): Path<boolean> {
      const isRetained = this.madvise(advice)
      yield* this.#updatePagesState()
      return isRetained
    }

    override purge(): void {
      runToCompletion(this.purgeLocked())
    }

    *purgeLocked(): Path<void> {
      this.use('drm_gem_shmem_purge_locked')
      warnOn(!this.isPurgeable, 'drm_gem_shmem_purge_locked: !drm_gem_shmem_is_purgeable', this)
      this.device.kernel.stepper?.note('purges', this)
      this.#shrinkerPutPages()
      this.freeMmapOffset()
      this.file.truncate()
      this.markPurged()
      this.evicted = false
      this.shmemShrinker.purgedObjects++
      this.device.kernel.spend(COST_NS.purgeObject)
      yield* this.#updatePagesState()
    }

    *evictLocked(): Path<void> {
      this.use('drm_gem_shmem_evict_locked')
      warnOn(!this.isEvictable, 'drm_gem_shmem_evict_locked: !drm_gem_shmem_is_evictable', this)
      this.device.kernel.stepper?.note('evicts', this)
      this.#shrinkerPutPages()
      this.evicted = true
      this.shmemShrinker.evictedObjects++
      this.device.kernel.spend(COST_NS.purgeObject)
      yield* this.#updatePagesState()
    }

    *swapInLocked(): Path<NegativeErrno | 0> {
      if (!this.evicted) return 0
      const result = yield* this.#acquirePages()
      if (result !== 0) return result
      if (this.gotPagesSgt) {
        if (!(yield* mayAllocate(this.device.kernel, 'drm_gem_shmem_get_sg_table'))) {
          if (!this.#bug('swapin-keeps-pages')) this.#releasePages()
          return -ERRNO.ENOMEM
        }
        this.hasSgt = true
      }
      this.device.kernel.stepper?.note('swaps in', this)
      this.evicted = false
      this.shmemShrinker.swappedInObjects++
      yield* this.#updatePagesState()
      return 0
    }

    override get hasPagesForFault(): boolean {
      return this.madv >= 0 && this.pages !== null && !this.evicted
    }

    /** drm_gem_shmem_fault(). Without memory it is VM_FAULT_OOM, which the CPU tries again for ever: here it gives up. */
    override *faultIn(): Path<boolean> {
      if (this.madv < 0 && this.pages !== null) {
        // An advice below 0 says purged of what is there: a warning, and the page.
        const { log, current } = this.device.kernel
        log.warn('drivers/gpu/drm/drm_gem_shmem_helper.c drm_gem_shmem_fault', current?.task.pid ?? 0)
        return true
      }
      const isGone = this.evicted || this.madv < 0 || this.pagesUseCount === 0
      warnOn((this.pages === null) !== isGone, 'drm_gem_shmem_fault: !shmem->pages ^ pages_unpinned', this)
      if (!this.evicted) return false
      if ((yield* this.swapInLocked()) === 0) return true
      this.device.kernel.log.print('Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF')
      return false
    }

    override checkLocked(): void {
      if (this.importedFrom !== null) return
      const { label, pagesUseCount, evicted, madv } = this
      const users = this.vmas.size + this.otherUses
      if (pagesUseCount !== users) broken(`${label}: pages_use_count ${pagesUseCount}, but ${users} users`)
      if (evicted && (this.hasSgt || madv < 0))
        broken(`${label} is evicted, and has an sg table or is purged`)
      if (evicted && this.pinCount > 0) broken(`${label} is evicted, and pinned`)
      const hasPages = pagesUseCount > 0 && !evicted
      // Below 0 it was purged, or only advised so.
      if (madv >= 0 && (this.pages !== null) !== hasPages) {
        const why = `pages_use_count ${pagesUseCount}${evicted ? ', evicted' : ''}, madv ${madv}`
        broken(`${label} ${this.pages === null ? 'has no pages' : 'has pages'}: ${why}`)
      }
      const isSeen = this.pages === null && [...this.vmas].some((vma) => vma.isPopulated)
      if (isSeen) broken(`${label}: the CPU still reaches pages that were given back`)
    }

    protected override get otherUses(): number {
      return (this.pinCount > 0 ? 1 : 0) + (this.gotPagesSgt ? 1 : 0)
    }

    /** drm_gem_shmem_free() and drm_gem_object_release(): without the reservation, as a shrinker may put the last one. */
    protected override *freePath(): Path<void> {
      const where = 'drm_gem_shmem_free'
      const takesResv = this.#bug('shmem-free-takes-resv')
      if (this.importedFrom === null) {
        if (takesResv) yield this.resvLock.lock(where)
        this.hasSgt = false
        const ownsUse = this.#bug('heap-fault-got-pages-sgt') ? this.gotPagesSgt : this.pagesUseCount > 0
        this.gotPagesSgt = false
        if (ownsUse && --this.pagesUseCount === 0) this.#releasePages()
        const inUse = 'drm_gem_shmem_free: drm_WARN_ON(refcount_read(&shmem->pages_use_count))'
        warnOn(this.pagesUseCount !== 0, inUse, this)
        this.evicted = false
        if (takesResv) yield this.resvLock.unlock(where)
        yield* lruRemove(this)
        this.file.truncate()
        return
      }
      yield* super.freePath()
    }

    /** drm_gem_shmem_acquire_pages(). */
    *#acquirePages(): Path<NegativeErrno | 0> {
      const where = 'drm_gem_shmem_acquire_pages'
      if (this.madv < 0) return -ERRNO.ENOMEM
      if (this.pages !== null) return 0
      if (!(yield* mayAllocate(this.device.kernel, where))) return -ERRNO.ENOMEM
      this.pages = this.file.getPages(this.sizePages)
      return this.pages === null ? -ERRNO.ENOMEM : 0
    }

    /** drm_gem_shmem_do_release_pages_locked(). */
    #releasePages(): void {
      if (this.pages === null) {
        const isExpected = this.evicted || this.madv < 0
        warnOn(!isExpected, 'drm_gem_shmem_do_release_pages_locked: !evicted && madv >= 0', this)
        return
      }
      this.file.putPages(this.pages)
      this.pages = null
    }

    /** drm_gem_shmem_unpin_pages_locked(), which is _shrinker_put_pages_locked() in v18. */
    #shrinkerPutPages(): void {
      if (this.evicted) return
      if (!this.hasSgt && this.#bug('evict-null-sgt')) {
        const what = 'BUG: kernel NULL pointer dereference in dma_unmap_sgtable'
        throw new KernelViolation('kernel-bug', `${what}: ${this.label} has no sg table`)
      }
      this.hasSgt = false
      this.#releasePages()
      for (const vma of this.vmas) vma.zap()
    }

    /** drm_gem_shmem_update_pages_state_locked(), which is _shrinker_update_lru_locked() in v18. */
    *#updatePagesState(): Path<void> {
      if (this.importedFrom !== null) return
      const { lruEvictable, lruEvicted, lruPinned } = this.shmemShrinker
      if (this.madv < 0) yield* lruRemove(this)
      else if (this.isEvictable || this.isPurgeable) yield* lruMoveTail(lruEvictable, this)
      else if (this.evicted) yield* lruMoveTail(lruEvicted, this)
      else if (this.pages === null) yield* lruRemove(this)
      else yield* lruMoveTail(lruPinned, this)
    }

    #bug(
      name: 'evict-null-sgt' | 'swapin-keeps-pages' | 'shmem-free-takes-resv' | 'heap-fault-got-pages-sgt',
    ) {
      return this.device.kernel.bugs.has(name)
    }
  }
  return Reclaimable
}

function broken(what: string): never {
  throw new KernelViolation('invariant', what)
}
