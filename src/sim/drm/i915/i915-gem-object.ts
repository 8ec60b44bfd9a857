/**
 * What all of i915's objects share: pages and who pins them, advice, bindings into GPU address spaces.
 * drivers/gpu/drm/i915/gem/i915_gem_object.c, i915_gem_pages.c; i915_gem_object_unbind(), i915_gem.c (6.12).
 *
 * What is called "Locked" wants the object's reservation held.
 */
import { ERRNO } from '../../../backend/errno.js'
import { I915_MADV_DONTNEED, I915_MADV_WILLNEED } from '../../../backend/i915-calls.js'
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import { LruNode } from '../../lib/lru-list.js'
import type { PageContents } from '../../mm/page-contents.js'
import type { Vma } from '../../mm/vma.js'
import type { SimTask } from '../../process/task-struct.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import { GemObject } from '../gem-object.js'
import type { I915Device } from './i915-device.js'
import { I915Vma } from './i915-gem-mman.js'

/** __I915_MADV_PURGED: for ever. */
export const I915_MADV_PURGED = 2

/** I915_GEM_OBJECT_SHRINK_*. */
export interface ShrinkFlags {
  readonly noGpuWait: boolean
  readonly writeback: boolean
}

/** I915_GEM_OBJECT_UNBIND_*. */
interface UnbindFlags {
  /** Fails when it is bound at all. */
  readonly test: boolean
  /** May wait for the GPU. */
  readonly active: boolean
}

/** A binding of the object into a GPU address space, which pins its pages: struct i915_vma. */
interface GpuBinding {
  /** The hardware needs it to stay: a framebuffer, a context. */
  isPinned: boolean
}

export abstract class I915GemObject extends GemObject {
  declare readonly device: I915Device
  madv = I915_MADV_WILLNEED
  hasPages = false
  pagesPinCount = 0
  /** Above 0: the shrinker does not see it. */
  shrinkPin = 0
  readonly link = new LruNode<I915GemObject>(this)
  readonly bindings = new Set<GpuBinding>()
  /** The kernel has a vmalloc mapping of it: obj->mm.mapping. */
  isVmapped = false
  isFramebuffer = false
  readonly vmas = new Set<I915Vma>()

  /** I915_GEM_OBJECT_IS_SHRINKABLE. */
  abstract readonly isShrinkable: boolean
  /** I915_GEM_OBJECT_SELF_MANAGED_SHRINK_LIST: adjustLru() alone says when the shrinker sees it. */
  readonly managesShrinkList: boolean = false
  /** A fault needs it to be wanted, not only to have pages. */
  readonly faultNeedsWillneed: boolean = false
  /** What its pages show; null without pages. */
  abstract readonly contents: PageContents | null

  protected abstract opsGetPages(): NegativeErrno | 0
  protected abstract opsPutPages(): void
  protected abstract opsRelease(): void

  /** Discards the backing storage, where it is its own. */
  truncateLocked(): NegativeErrno | 0 {
    return 0
  }

  /** After its pages were put: makes them leave memory. */
  shrinkLocked(_flags: ShrinkFlags): NegativeErrno | 0 {
    return 0
  }

  /** Its advice or its place changed. */
  adjustLru(): void {
    // Only TTM's objects have an LRU.
  }

  /** i915_gem_object_pin_pages(): -EFAULT without pages when it is not wanted; -ENOMEM. */
  pinPagesLocked(): NegativeErrno | 0 {
    if (!this.hasPages) {
      if (this.madv !== I915_MADV_WILLNEED) return -ERRNO.EFAULT
      const result = this.opsGetPages()
      if (result !== 0) return result
    }
    this.pagesPinCount++
    return 0
  }

  unpinPages(): void {
    this.pagesPinCount--
  }

  /** __i915_gem_object_put_pages(): CPU mappings fault again. -EBUSY while they are pinned. */
  putPagesLocked(): NegativeErrno | 0 {
    if (this.pagesPinCount > 0) return -ERRNO.EBUSY
    for (const vma of this.vmas) vma.zap()
    if (!this.hasPages) return 0
    this.hasPages = false
    if (!this.managesShrinkList) this.device.mm.makeUnshrinkable(this)
    this.isVmapped = false
    this.opsPutPages()
    return 0
  }

  /** __i915_gem_object_set_pages(). */
  protected setPages(): void {
    this.hasPages = true
    if (this.isShrinkable && !this.managesShrinkList) this.device.mm.add(this)
  }

  /** What i915_vma_pin() does to the object: -EFAULT, -ENOMEM. */
  bindLocked(isPinned = false): NegativeErrno | 0 {
    const result = this.pinPagesLocked()
    if (result === 0) this.bindings.add({ isPinned })
    return result
  }

  isActive(nowNs: number): boolean {
    return !this.resv.isIdle('write', nowNs)
  }

  /** i915_gem_object_unbind(): -EBUSY when it is bound and must not be, is pinned, or is busy and nobody may wait. */
  unbindLocked({ test, active }: UnbindFlags): NegativeErrno | 0 {
    for (const binding of this.bindings) {
      if (test || binding.isPinned || !this.#canBeIdle(active)) return -ERRNO.EBUSY
      this.bindings.delete(binding)
      this.unpinPages()
    }
    return 0
  }

  /** The wait of kswapd is nobody's time; one that would have no end is given up here. */
  #canBeIdle(mayWait: boolean): boolean {
    const { kernel } = this.device
    const nowNs = kernel.taskNowNs()
    const idleAtNs = this.resv.idleAtNs('write')
    if (idleAtNs <= nowNs) return true
    if (!mayWait || idleAtNs === Infinity) return false
    kernel.spend(idleAtNs - nowNs)
    return true
  }

  /** The part of i915_gem_madvise_ioctl() that holds the reservation: whether the object is retained. */
  madviseLocked(advice: number): boolean {
    if (this.madv !== I915_MADV_PURGED) {
      this.madv = advice
      this.adjustLru()
    }
    if (this.hasPages || this.managesShrinkList) this.device.mm.moveToTail(this)
    if (this.madv === I915_MADV_DONTNEED && !this.hasPages) this.truncateLocked()
    return this.madv !== I915_MADV_PURGED
  }

  override mmap(task: SimTask, lengthBytes: number): Outcome<Vma> {
    return new I915Vma(this, task, lengthBytes)
  }

  /** i915_gem_dmabuf_attach(): another device uses the pages, which therefore stay. */
  override pin(): NegativeErrno | 0 {
    return runToCompletion(this.#pinPath())
  }

  override unpin(): void {
    this.unpinPages()
  }

  *#pinPath(): Path<NegativeErrno | 0> {
    const where = 'i915_gem_dmabuf_attach'
    yield this.resvLock.lock(where)
    const result = this.pinPagesLocked()
    yield this.resvLock.unlock(where)
    return result
  }

  /** __i915_gem_free_object(). */
  protected *freePath(): Path<void> {
    const where = '__i915_gem_free_object'
    yield this.resvLock.lock(where)
    this.pagesPinCount -= this.bindings.size
    this.bindings.clear()
    if (this.hasPages) this.putPagesLocked()
    this.device.mm.forget(this)
    this.device.freeMmapOffsets(this)
    this.opsRelease()
    yield this.resvLock.unlock(where)
  }
}
