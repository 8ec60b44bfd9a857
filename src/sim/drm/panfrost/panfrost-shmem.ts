/**
 * Panfrost's buffers under the generic shrinker of the drm-shmem helper: "drm/panfrost: Switch to generic memory
 * shrinker", v16 20/20, which only purges. With `evicts` it gives up WILLNEED buffers, too, as virtio-gpu does in the
 * same series: the GPU keeps their addresses, and SUBMIT maps them again.
 */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { PANFROST_MADV_DONTNEED } from '../../../backend/panfrost-calls.js'
import { TAKEN, type Path } from '../../sched/path.js'
import { warnOn } from '../../sched/violation.js'
import { reclaimable } from '../gem-shmem-reclaim.js'
import type { GemShmemShrinker } from '../gem-shmem-shrinker.js'
import { mayBeAdvised } from './panfrost-drv.js'
import type { PanfrostFile } from './panfrost-file.js'
import { PanfrostGemObject } from './panfrost-gem.js'
import { setActive, type GemMapping } from './panfrost-gem-mapping.js'

export class PanfrostShmemObject extends reclaimable(PanfrostGemObject) {
  override get shmemShrinker(): GemShmemShrinker {
    return this.device.needShmemShrinker()
  }

  /** panfrost_shmem_evict(). */
  override *evict(): Path<NegativeErrno | 0> {
    const where = 'panfrost_shmem_evict'
    const evicts = this.device.evicts && !this.isHeap
    if (!this.isPurgeable && !(evicts && this.isEvictable)) return -ERRNO.EBUSY
    if ((yield this.mappingsLock.trylock(where)) !== TAKEN) return -ERRNO.EBUSY
    if (this.isPurgeable) {
      yield* this.teardownMappings()
      yield* this.purgeLocked()
    } else {
      for (const mapping of this.mappings()) setActive(mapping, false)
      yield* this.evictLocked()
    }
    yield this.mappingsLock.unlock(where)
    return 0
  }

  /** panfrost_objects_prepare() of one buffer, with its reservation held. ENOMEM: not needed by what was said, or purged. */
  *prepareJob(used: GemMapping): Path<NegativeErrno | 0> {
    if (this.madv !== 0) return -ERRNO.ENOMEM
    if (!this.device.evicts || this.isHeap || this.importedFrom !== null) return 0
    const result = yield* this.swapInLocked()
    if (result !== 0) return result
    for (const mapping of this.mappings()) setActive(mapping, true)
    // Its handle may be closed by now, and then the buffer does not list it any more.
    setActive(used, true)
    return 0
  }

  protected override get otherUses(): number {
    return super.otherUses + (this.heapUsesPages ? 1 : 0)
  }

  /** panfrost_gem_free_object(). */
  protected override *freePath(): Path<void> {
    warnOn(this.firstMapping !== null, 'panfrost_gem_free_object: !list_empty(&bo->mappings.list)', this)
    this.heapSteps.clear()
    this.heapUsesPages = false
    yield* super.freePath()
  }
}

/** panfrost_ioctl_madvise() of the series; the lookup has been done. */
export function* madviseShmem(
  file: PanfrostFile,
  bo: PanfrostShmemObject,
  advice: number,
): Path<NegativeErrno | 0 | 1> {
  const where = 'panfrost_ioctl_madvise'
  if (bo.isHeap) return 1
  yield bo.resvLock.lock(where)
  yield bo.mappingsLock.lock(where)
  let answer: NegativeErrno | 0 | 1 = advice === PANFROST_MADV_DONTNEED ? mayBeAdvised(file, bo) : 0
  if (answer === 0) answer = (yield* bo.madviseLocked(advice | 0)) ? 1 : 0
  yield bo.mappingsLock.unlock(where)
  yield bo.resvLock.unlock(where)
  return answer
}
