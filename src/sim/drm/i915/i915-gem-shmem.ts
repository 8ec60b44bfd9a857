/**
 * Objects whose memory is a shmem file, as on devices without memory of their own:
 * drivers/gpu/drm/i915/gem/i915_gem_shmem.c (6.12).
 *
 * A file holds its first pages: what pwrite puts far into an object without pages makes all pages before it as well.
 */
import { ERRNO } from '../../../backend/errno.js'
import { I915_MADV_DONTNEED, I915_MADV_WILLNEED } from '../../../backend/i915-calls.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { GFP_GEM, type Gfp } from '../../mm/gfp.js'
import type { MemCgroup } from '../../mm/mem-cgroup.js'
import type { PageContents } from '../../mm/page-contents.js'
import { pagesOf } from '../../mm/page.js'
import { ShmemFile, type ShmemPages } from '../../mm/shmem.js'
import type { I915Device } from './i915-device.js'
import { I915GemObject, I915_MADV_PURGED, type ShrinkFlags } from './i915-gem-object.js'
import { I915_SHRINK } from './i915-gem-shrinker.js'

/** Without __GFP_RECLAIM, with __GFP_NORETRY: the first try disturbs nobody. */
const GFP_NORECLAIM: Gfp = { directReclaim: false, kswapdReclaim: false, retryMayfail: true }
/** Pages that one trip with full reclaim may bring. */
const RECLAIM_BATCH = 32

/**
 * shmem_sg_alloc_table(): each page first without reclaim, then after a look at the device's own objects with reclaim,
 * but never by the OOM killer. Null when even that brings none.
 */
export function shmemGetPages(device: I915Device, file: ShmemFile, sizePages: number): ShmemPages | null {
  const { kernel } = device
  return file.getPages(sizePages, (memcg: MemCgroup, wanted: number): number => {
    const granted = kernel.allocateCharged('shmem', memcg, wanted, GFP_NORECLAIM)
    if (granted > 0) return granted
    device.shrinker.shrink(2 * sizePages, I915_SHRINK.BOUND | I915_SHRINK.UNBOUND)
    return kernel.allocateCharged('shmem', memcg, Math.min(wanted, RECLAIM_BATCH), GFP_GEM)
  })
}

export class I915ShmemObject extends I915GemObject {
  readonly isShrinkable = true
  readonly file: ShmemFile
  #pages: ShmemPages | null = null

  constructor(device: I915Device, sizePages: number) {
    super(device, sizePages)
    this.file = new ShmemFile(device.kernel)
    device.kernel.shmemFiles.add(this.file)
  }

  get contents(): PageContents | null {
    return this.#pages?.contents ?? null
  }

  /** shmem_truncate(): all pages now, for ever. */
  override truncateLocked(): NegativeErrno | 0 {
    this.file.truncate()
    this.madv = I915_MADV_PURGED
    return 0
  }

  /** shmem_shrink(). */
  override shrinkLocked({ writeback }: ShrinkFlags): NegativeErrno | 0 {
    if (this.madv === I915_MADV_DONTNEED) return this.truncateLocked()
    if (this.madv !== I915_MADV_PURGED && writeback) this.file.writeback()
    return 0
  }

  /** shmem_pwrite(): into the file, of an object without pages. Null when it has some; -EFAULT not needed; -ENOMEM. */
  writeFileLocked(offset: number, bytes: Uint8Array): NegativeErrno | 0 | null {
    if (this.hasPages) return null
    if (this.madv !== I915_MADV_WILLNEED) return -ERRNO.EFAULT
    const pages = this.file.getPages(pagesOf(offset + bytes.length))
    if (pages === null) return -ERRNO.ENOMEM
    pages.contents.write(offset, bytes)
    this.file.putPages(pages)
    return 0
  }

  protected opsGetPages(): NegativeErrno | 0 {
    this.#pages = shmemGetPages(this.device, this.file, this.sizePages)
    if (this.#pages === null) return -ERRNO.ENOMEM
    this.setPages()
    return 0
  }

  protected opsPutPages(): void {
    if (this.#pages !== null) this.file.putPages(this.#pages)
    this.#pages = null
  }

  protected opsRelease(): void {
    this.file.truncate()
    this.device.kernel.shmemFiles.delete(this.file)
  }
}
