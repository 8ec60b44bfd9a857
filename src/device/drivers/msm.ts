/** msm (Adreno): include/uapi/drm/msm_drm.h. */
import { MSM_BO_CACHED, MSM_BO_WC, MSM_INFO_GET_OFFSET } from '../../backend/msm-calls.js'
import { ADVICE_NUMBER, type GemDriver } from '../gem-driver.js'

export const msm: GemDriver = {
  name: 'msm',
  purgeable: true,
  node: 'render',
  batch: 'msm',
  requests: { create: 'GEM_NEW', mmapOffset: 'GEM_INFO', madvise: 'GEM_MADVISE' },
  flags({ noexec, heap, cached }) {
    return noexec || heap ? undefined : { flags: cached ? MSM_BO_CACHED : MSM_BO_WC, needs: [] }
  },
  create: (backend, fd, sizeBytes, flags) => backend.msm.gemNew(fd, BigInt(sizeBytes), flags),
  mmapOffset(backend, fd, handle) {
    const outcome = backend.msm.gemInfo(fd, handle, MSM_INFO_GET_OFFSET)
    return typeof outcome === 'number' ? outcome : { offset: outcome.value }
  },
  madvise: (backend, fd, handle, advice) => backend.msm.gemMadvise(fd, handle, ADVICE_NUMBER[advice]),
}
