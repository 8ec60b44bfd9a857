/**
 * Objects of devices with memory of their own, as far as they are in system memory: TTM's, with a shmem file behind
 * them that i915's shrinker swaps out to. drivers/gpu/drm/i915/gem/i915_gem_ttm.c (6.12). The device's own memory is not
 * modelled.
 *
 * What is swapped out or purged stays on the shrinker's list and in its count, and each further look counts it as freed
 * once more: nobody adjusts the list between i915_ttm_shrink() and the next get_pages() or madvise.
 */
import { ERRNO } from '../../../backend/errno.js'
import { I915_MADV_DONTNEED, I915_MADV_WILLNEED } from '../../../backend/i915-calls.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import type { PageContents } from '../../mm/page-contents.js'
import { ShmemFile, type ShmemPages } from '../../mm/shmem.js'
import { TtmBo } from '../ttm/ttm-bo.js'
import type { TtmBdev, TtmDeviceFuncs } from '../ttm/ttm-device.js'
import { TTM_MAX_BO_PRIORITY } from '../ttm/ttm-resource.js'
import { TTM_TT_FLAG, TtmTt } from '../ttm/ttm-tt.js'
import type { I915Device } from './i915-device.js'
import { I915GemObject, I915_MADV_PURGED, type ShrinkFlags } from './i915-gem-object.js'
import { shmemGetPages } from './i915-gem-shmem.js'

/** I915_TTM_PRIO_*. */
const TTM_PRIO = { PURGE: 0, NO_PAGES: 1, HAS_PAGES: 2 } as const

/** struct i915_ttm_tt of a shmem TT. */
class I915TtmTt extends TtmTt {
  readonly device: I915Device
  file: ShmemFile | null = null
  shmemPages: ShmemPages | null = null

  constructor(device: I915Device, sizePages: number) {
    super(sizePages, 'cached', TTM_TT_FLAG.EXTERNAL | TTM_TT_FLAG.EXTERNAL_MAPPABLE)
    this.device = device
  }

  /** i915_ttm_tt_shmem_populate(). */
  populateShmem(): NegativeErrno | 0 {
    const { kernel } = this.device
    if (this.file === null) {
      this.file = new ShmemFile(kernel)
      kernel.shmemFiles.add(this.file)
    }
    this.shmemPages = shmemGetPages(this.device, this.file, this.sizePages)
    if (this.shmemPages === null) return -ERRNO.ENOMEM
    this.clear('SWAPPED')
    return 0
  }

  /** i915_ttm_tt_shmem_unpopulate(): without SWAPPED the pages stay clean, and what was in them is lost. */
  unpopulateShmem(): void {
    const { file, shmemPages } = this
    this.shmemPages = null
    if (file === null || shmemPages === null) return
    file.putPages(shmemPages)
    if (!this.has('SWAPPED')) file.truncate()
  }

  /** shmem_truncate_range(), fput(). */
  dropFile(): void {
    if (this.file === null) return
    this.file.truncate()
    this.device.kernel.shmemFiles.delete(this.file)
    this.file = null
  }
}

/** i915_ttm_driver(). */
export const i915TtmFuncs: TtmDeviceFuncs = {
  populate: (tt) => (tt instanceof I915TtmTt ? tt.populateShmem() : -ERRNO.EINVAL),
  unpopulate: (tt) => {
    if (tt instanceof I915TtmTt) tt.unpopulateShmem()
  },
  // EXTERNAL objects are never TTM's to swap out, and all are here.
  evictionValuable: ({ tt }) => !tt.has('EXTERNAL'),
}

export class I915TtmObject extends I915GemObject {
  readonly isShrinkable = true
  override readonly managesShrinkList = true
  override readonly faultNeedsWillneed = true
  readonly bo: TtmBo
  readonly #tt: I915TtmTt
  /** obj->mm.ttm_shrinkable: TTM's own shrink pin is given back. */
  #ttmShrinkable = false

  /** __i915_gem_ttm_object_init(): with a shrink pin of its own, until it has pages that can be shrunk. */
  constructor(device: I915Device, bdev: TtmBdev, sizePages: number) {
    super(device, sizePages)
    this.#tt = new I915TtmTt(device, sizePages)
    this.bo = new TtmBo(bdev, this, this.#tt)
    device.mm.makeUnshrinkable(this)
  }

  get contents(): PageContents | null {
    return this.#tt.shmemPages?.contents ?? null
  }

  override truncateLocked(): NegativeErrno | 0 {
    return this.#purge()
  }

  /** i915_ttm_shrink(). SWAPPED comes first, so that giving the pages back keeps what is in them. */
  override shrinkLocked({ noGpuWait, writeback }: ShrinkFlags): NegativeErrno | 0 {
    if (this.#tt.file === null) return 0
    const idle = this.bo.wait(noGpuWait)
    if (idle !== 0) return idle
    if (this.madv === I915_MADV_DONTNEED) return this.#purge()
    if (this.madv === I915_MADV_PURGED || this.#tt.has('SWAPPED')) return 0
    this.#tt.set('SWAPPED')
    this.bo.gut()
    if (writeback) this.#tt.file.writeback()
    return 0
  }

  /** i915_ttm_adjust_lru(): onto the shrinker's lists or off them, and to the priority that TTM walks it at. */
  override adjustLru(): void {
    const shrinkable = this.#tt.file !== null && this.#tt.isPopulated
    if (shrinkable !== this.#ttmShrinkable) {
      if (shrinkable) this.device.mm.makeShrinkable(this)
      else this.device.mm.makeUnshrinkable(this)
      this.#ttmShrinkable = shrinkable
    }
    // Where TTM looks last: it would only pass them.
    if (shrinkable) this.bo.priority = TTM_MAX_BO_PRIORITY - 1
    else if (this.madv !== I915_MADV_WILLNEED) this.bo.priority = TTM_PRIO.PURGE
    else this.bo.priority = this.hasPages ? TTM_PRIO.HAS_PAGES : TTM_PRIO.NO_PAGES
    this.bo.moveToLruTail()
  }

  /** __i915_ttm_get_pages(). */
  protected opsGetPages(): NegativeErrno | 0 {
    this.bo.place()
    const result = this.bo.bdev.populate(this.#tt)
    if (result !== 0) return result
    this.setPages()
    this.adjustLru()
    return 0
  }

  /** i915_ttm_put_pages(): the TT keeps them, until it is shrunk. */
  protected opsPutPages(): void {
    // Nothing to give back.
  }

  protected opsRelease(): void {
    this.bo.release()
    this.#tt.dropFile()
  }

  /** i915_ttm_purge(). */
  #purge(): NegativeErrno | 0 {
    if (this.madv === I915_MADV_PURGED) return 0
    const idle = this.bo.wait(false)
    if (idle !== 0) return idle
    this.bo.gut()
    this.#tt.dropFile()
    this.madv = I915_MADV_PURGED
    return 0
  }
}
