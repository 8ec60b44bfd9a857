/** Panfrost (Mali Midgard and Bifrost): include/uapi/drm/panfrost_drm.h. */
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC, PANFROST_BO_WB_MMAP } from '../../backend/panfrost-calls.js'
import { ADVICE_NUMBER, type DriverFlags, type GemDriver } from '../gem-driver.js'

const OPTIONS = [
  { bit: PANFROST_BO_NOEXEC, name: 'NOEXEC' },
  { bit: PANFROST_BO_HEAP, name: 'HEAP' },
  { bit: PANFROST_BO_WB_MMAP, name: 'WB_MMAP' },
]

/** The flags for each set of options, by the options' bits: they are asked for with each buffer. */
const CHOICES: readonly DriverFlags[] = Array.from({ length: 8 }, (_, set) => {
  const chosen = OPTIONS.filter((_option, i) => (set & (1 << i)) !== 0)
  return {
    flags: chosen.reduce((flags, { bit }) => flags | bit, 0),
    needs: chosen.map(({ name }) => name),
  }
})

export const panfrost: GemDriver = {
  name: 'panfrost',
  purgeable: true,
  noexec: true,
  node: 'render',
  batch: 'panfrost',
  requests: { create: 'CREATE_BO', mmapOffset: 'MMAP_BO', madvise: 'MADVISE' },
  flags({ noexec, heap, cached }) {
    return CHOICES[(noexec === true ? 1 : 0) + (heap === true ? 2 : 0) + (cached === true ? 4 : 0)]
  },
  create: (backend, fd, sizeBytes, flags) => backend.panfrost.createBo(fd, sizeBytes, flags),
  gpuAddress: (backend, fd, handle) => backend.panfrost.getBoOffset(fd, handle),
  mmapOffset: (backend, fd, handle) => backend.panfrost.mmapBo(fd, handle, 0),
  madvise: (backend, fd, handle, advice) => backend.panfrost.madvise(fd, handle, ADVICE_NUMBER[advice]),
}
