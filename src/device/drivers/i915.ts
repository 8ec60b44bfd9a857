/** i915 (Intel): include/uapi/drm/i915_drm.h. */
import { ERRNO } from '../../backend/errno.js'
import { I915_MMAP_OFFSET_FIXED, I915_MMAP_OFFSET_WB } from '../../backend/i915-calls.js'
import { ADVICE_NUMBER, type GemDriver } from '../gem-driver.js'

export const i915: GemDriver = {
  name: 'i915',
  purgeable: true,
  node: 'render',
  batch: 'i915',
  requests: { create: 'GEM_CREATE', mmapOffset: 'GEM_MMAP_OFFSET', madvise: 'GEM_MADVISE' },
  flags: ({ noexec, heap, cached }) => (noexec || heap || cached ? undefined : { flags: 0, needs: [] }),
  create: (backend, fd, sizeBytes) => backend.i915.gemCreate(fd, BigInt(sizeBytes)),
  mmapOffset(backend, fd, handle) {
    const outcome = backend.i915.gemMmapOffset(fd, handle, BigInt(I915_MMAP_OFFSET_WB))
    // A device with memory of its own decides itself how to map, and takes no other wish.
    if (outcome !== -ERRNO.ENODEV && outcome !== -ERRNO.EINVAL) return outcome
    return backend.i915.gemMmapOffset(fd, handle, BigInt(I915_MMAP_OFFSET_FIXED))
  },
  madvise: (backend, fd, handle, advice) => backend.i915.gemMadvise(fd, handle, ADVICE_NUMBER[advice]),
}
