/** Panfrost (Mali Midgard and Bifrost): include/uapi/drm/panfrost_drm.h. */
import {
  PANFROST_BO_HEAP,
  PANFROST_BO_NOEXEC,
  PANFROST_MADV_DONTNEED,
  PANFROST_MADV_WILLNEED,
} from '../../backend/panfrost-calls.js'
import type { GemDriver } from '../gem-driver.js'

export const panfrost: GemDriver = {
  name: 'panfrost',
  purgeable: true,
  requests: { create: 'CREATE_BO', mmapOffset: 'MMAP_BO', madvise: 'MADVISE' },
  create(backend, fd, options) {
    const flags = (options.noexec ? PANFROST_BO_NOEXEC : 0) | (options.heap ? PANFROST_BO_HEAP : 0)
    return backend.panfrost.createBo(fd, options.sizeBytes, flags)
  },
  mmapOffset(backend, fd, handle) {
    return backend.panfrost.mmapBo(fd, handle, 0)
  },
  madvise(backend, fd, handle, advice) {
    return backend.panfrost.madvise(
      fd,
      handle,
      advice === 'dontneed' ? PANFROST_MADV_DONTNEED : PANFROST_MADV_WILLNEED,
    )
  },
}
