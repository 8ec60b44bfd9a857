/**
 * The shrinker, the OOM notifier and the notifier for vmalloc space:
 * drivers/gpu/drm/i915/gem/i915_gem_shrinker.c (6.12). Not memcg-aware.
 */
import { COST_NS } from '../../costs.js'
import { LruList } from '../../lib/lru-list.js'
import { SHRINK_STOP, type ShrinkControl, type Shrinker } from '../../mm/shrinker.js'
import { I915_MADV_DONTNEED } from '../../../backend/i915-calls.js'
import { runToCompletion, TAKEN, type Path } from '../../sched/path.js'
import type { I915Device } from './i915-device.js'
import type { I915GemObject } from './i915-gem-object.js'

/** What i915_gem_shrink() may do. */
export const I915_SHRINK = {
  UNBOUND: 1,
  BOUND: 2,
  /** Waits for the GPU. */
  ACTIVE: 4,
  /** Only what the kernel has mapped. */
  VMAPS: 8,
  WRITEBACK: 16,
} as const

const { ACTIVE, BOUND, UNBOUND, VMAPS, WRITEBACK } = I915_SHRINK
/** The batch before the first count, and the least that the count makes of it: SHRINK_BATCH. */
const FIRST_BATCH = 4096
const LEAST_BATCH = 128

export class I915GemShrinker implements Shrinker {
  readonly name = 'drm-i915_gem'
  readonly memcgAware = false
  batch = FIRST_BATCH
  /** Objects purged since the machine started. */
  purgedObjects = 0
  readonly #device: I915Device

  constructor(device: I915Device) {
    this.#device = device
  }

  /** All pages on the lists, whether they can be released or not; the batch becomes about two objects. */
  countObjects(): number {
    const { shrinkCount, shrinkPages } = this.#device.mm
    if (shrinkCount > 0) {
      const average = Math.floor((2 * shrinkPages) / shrinkCount)
      this.batch = Math.max(Math.floor((this.batch + average) / 2), LEAST_BATCH)
    }
    return shrinkPages
  }

  /** Idle objects first; kswapd alone then waits for the GPU and writes to swap. */
  scanObjects(control: ShrinkControl): number {
    const { kernel } = this.#device
    const tally = { scanned: 0 }
    let freed = this.shrink(control.nrToScan, BOUND | UNBOUND, tally)
    if (tally.scanned < control.nrToScan && kernel.kswapd.isRunning) {
      freed += this.#awake(() =>
        this.shrink(control.nrToScan - tally.scanned, ACTIVE | BOUND | UNBOUND | WRITEBACK, tally),
      )
    }
    control.nrScanned = tally.scanned
    return tally.scanned > 0 ? freed : SHRINK_STOP
  }

  /** i915_gem_shrinker_oom(): pages freed. */
  outOfMemory(): number {
    const freed = this.#awake(() => this.shrink(Infinity, BOUND | UNBOUND | WRITEBACK))
    let available = 0
    let unevictable = 0
    for (const object of this.#device.mm.shrinkList) {
      if (this.#canRelease(object)) available += object.sizePages
      else unevictable += object.sizePages
    }
    if (freed > 0 || available > 0) {
      this.#device.kernel.log.print(
        `Purging GPU memory, ${freed} pages freed, ${unevictable} pages still pinned, ${available} pages left available.`,
      )
    }
    return freed
  }

  /** i915_gem_shrinker_vmap(), without cached mappings of the aperture: pages freed. */
  vmapSpace(): number {
    return this.#awake(() => this.shrink(Infinity, BOUND | UNBOUND | VMAPS))
  }

  /** i915_gem_shrink_all(). */
  shrinkAll(): number {
    return this.#awake(() => this.shrink(Infinity, BOUND | UNBOUND))
  }

  /**
   * i915_gem_shrink() without a ww transaction: up to `target` pages, and the rest of the last object. Pages freed; what
   * could be locked is added to `tally`, freed or not.
   */
  shrink(target: number, flags: number, tally = { scanned: 0 }): number {
    return runToCompletion(this.#shrinkPath(target, flags, tally))
  }

  *#shrinkPath(target: number, wanted: number, tally: { scanned: number }): Path<number> {
    const where = 'i915_gem_shrink'
    const { mm, kernel } = this.#device
    kernel.spend(COST_NS.reclaimPass)
    // Unbinding needs the hardware, which is not woken for a little memory.
    const flags = this.#device.isAwake ? wanted : wanted & ~BOUND
    const lists = (flags & (BOUND | UNBOUND)) === 0 ? [mm.purgeList] : [mm.purgeList, mm.shrinkList]
    let count = 0
    for (const list of lists) {
      const stillInList = new LruList<I915GemObject>()
      yield mm.objLock.lock(where)
      while (count < target) {
        const object = list.first?.owner
        if (object === undefined) break
        stillInList.moveToTail(object.link)
        if ((flags & VMAPS) !== 0 && !object.isVmapped) continue
        if ((flags & ACTIVE) === 0 && object.isFramebuffer) continue
        if (!this.#canRelease(object) || !object.getUnlessZero()) continue
        yield mm.objLock.unlock(where)
        if ((yield object.resvLock.trylock(where)) === TAKEN) {
          if (this.#releaseLocked(object, flags)) count += object.sizePages
          yield object.resvLock.unlock(where)
          tally.scanned += object.sizePages
        }
        yield* object.putPath()
        yield mm.objLock.lock(where)
      }
      for (const object of stillInList) list.moveToTail(object.link)
      yield mm.objLock.unlock(where)
    }
    return count
  }

  /** drop_pages(), __i915_gem_object_put_pages(), try_to_writeback(). */
  #releaseLocked(object: I915GemObject, flags: number): boolean {
    const active = (flags & ACTIVE) !== 0
    if (object.unbindLocked({ test: (flags & BOUND) === 0, active }) !== 0) return false
    if (object.putPagesLocked() !== 0) return false
    const isPurge = object.madv === I915_MADV_DONTNEED
    if (object.shrinkLocked({ noGpuWait: !active, writeback: (flags & WRITEBACK) !== 0 }) !== 0) return false
    if (isPurge) {
      this.purgedObjects++
      this.#device.kernel.spend(COST_NS.purgeObject)
    }
    return true
  }

  /** can_release_pages(). */
  #canRelease(object: I915GemObject): boolean {
    if (!object.isShrinkable) return false
    return this.#device.kernel.swap.freePages > 0 || object.madv === I915_MADV_DONTNEED
  }

  /** with_intel_runtime_pm(). */
  #awake<T>(work: () => T): T {
    this.#device.wakerefs++
    const result = work()
    this.#device.wakerefs--
    return result
  }
}
