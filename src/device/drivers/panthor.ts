/** Panthor (Mali with a command-stream frontend): include/uapi/drm/panthor_drm.h. Its memory is swapped, never purged. */
import { ERRNO } from '../../backend/errno.js'
import { PANTHOR_BO_WB_MMAP } from '../../backend/panthor-calls.js'
import type { GemDriver } from '../gem-driver.js'

export const panthor: GemDriver = {
  name: 'panthor',
  purgeable: false,
  evictable: true,
  node: 'render',
  batch: 'panthor',
  requests: { create: 'BO_CREATE', mmapOffset: 'BO_MMAP_OFFSET', madvise: 'madvise' },
  flags({ noexec, heap, cached }) {
    if (noexec || heap) return undefined
    return cached ? { flags: PANTHOR_BO_WB_MMAP, needs: ['WB_MMAP'] } : { flags: 0, needs: [] }
  },
  create: (backend, fd, sizeBytes, flags) => backend.panthor.boCreate(fd, BigInt(sizeBytes), flags, 0),
  mmapOffset: (backend, fd, handle) => backend.panthor.boMmapOffset(fd, handle),
  madvise: () => -ERRNO.ENOTTY,
}
