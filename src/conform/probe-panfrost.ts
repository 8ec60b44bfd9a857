/** Which of the requests that every real Panfrost has are here: a request that is not known answers EINVAL to all. */
import type { Backend } from '../backend/backend.js'
import { ERRNO } from '../backend/errno.js'
import { DRM_CAP } from '../backend/drm-calls.js'
import type { Need } from './row.js'

/** A handle that no file has. */
const NO_HANDLE = 0x7fff_fff0
const NONE = new Uint32Array()

export function probePanfrost(backend: Backend, node: string, lacks: Map<Need, string>): void {
  const { drm, panfrost, syncobj } = backend
  const fd = drm.open(node)
  const isUnknown = (answer: number | object) => answer === -ERRNO.EINVAL
  const missing = (need: Need, request: string) => lacks.set(need, `this kernel does not know ${request}`)

  if (isUnknown(drm.getCap(fd, DRM_CAP.PRIME))) missing('capabilities', 'GET_CAP')
  const prime = drm.primeHandleToFd(fd, NO_HANDLE, 0)
  if (isUnknown(prime)) missing('prime', 'PRIME_HANDLE_TO_FD')
  const made = syncobj.create(fd, 0)
  if (typeof made === 'number') missing('syncobj', 'SYNCOBJ_CREATE')
  else syncobj.destroy(fd, made.handle)
  const job = {
    jc: 4096n,
    requirements: 0,
    inSyncs: NONE,
    outSync: NO_HANDLE,
    boHandles: NONE,
    jmCtxHandle: 0,
  }
  if (isUnknown(panfrost.submit(fd, job))) missing('submit', 'SUBMIT')
  if (isUnknown(panfrost.waitBo(fd, NO_HANDLE, 0n))) missing('wait-bo', 'WAIT_BO')
  if (isUnknown(panfrost.getBoOffset(fd, NO_HANDLE))) missing('get-bo-offset', 'GET_BO_OFFSET')
  const timeline = drm.getCap(fd, DRM_CAP.SYNCOBJ_TIMELINE)
  if (typeof timeline === 'number' || timeline.value === 0n)
    lacks.set('syncobj-timeline', 'the driver has no timelines of syncobjs')
  drm.close(fd)
}
