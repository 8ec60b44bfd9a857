/** vc4 (Raspberry Pi up to 3): include/uapi/drm/vc4_drm.h. */
import { ADVICE_NUMBER, type GemDriver } from '../gem-driver.js'

export const vc4: GemDriver = {
  name: 'vc4',
  purgeable: true,
  node: 'render',
  batch: 'vc4',
  requests: { create: 'CREATE_BO', mmapOffset: 'MMAP_BO', madvise: 'GEM_MADVISE' },
  flags: ({ noexec, heap, cached }) => (noexec || heap || cached ? undefined : { flags: 0, needs: [] }),
  create: (backend, fd, sizeBytes) => backend.vc4.createBo(fd, sizeBytes),
  mmapOffset: (backend, fd, handle) => backend.vc4.mmapBo(fd, handle),
  madvise: (backend, fd, handle, advice) => backend.vc4.gemMadvise(fd, handle, ADVICE_NUMBER[advice]),
}
