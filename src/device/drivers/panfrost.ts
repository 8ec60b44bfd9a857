/** Panfrost (Mali Midgard and Bifrost): include/uapi/drm/panfrost_drm.h. */
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC, PANFROST_BO_WB_MMAP } from '../../backend/panfrost-calls.js'
import { ADVICE_NUMBER, type GemDriver } from '../gem-driver.js'

export const panfrost: GemDriver = {
  name: 'panfrost',
  purgeable: true,
  node: 'render',
  batch: 'panfrost',
  requests: { create: 'CREATE_BO', mmapOffset: 'MMAP_BO', madvise: 'MADVISE' },
  flags({ noexec, heap, cached }) {
    const chosen = [
      { wanted: noexec, bit: PANFROST_BO_NOEXEC, name: 'NOEXEC' },
      { wanted: heap, bit: PANFROST_BO_HEAP, name: 'HEAP' },
      { wanted: cached, bit: PANFROST_BO_WB_MMAP, name: 'WB_MMAP' },
    ].filter(({ wanted }) => wanted)
    return {
      flags: chosen.reduce((flags, { bit }) => flags | bit, 0),
      needs: chosen.map(({ name }) => name),
    }
  },
  create: (backend, fd, sizeBytes, flags) => backend.panfrost.createBo(fd, sizeBytes, flags),
  gpuAddress: (backend, fd, handle) => backend.panfrost.getBoOffset(fd, handle),
  mmapOffset: (backend, fd, handle) => backend.panfrost.mmapBo(fd, handle, 0),
  madvise: (backend, fd, handle, advice) => backend.panfrost.madvise(fd, handle, ADVICE_NUMBER[advice]),
}
