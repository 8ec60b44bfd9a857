/** SUBMIT and WAIT_BO with the checks of the driver, in its order: panfrost_drv.c (6.12, 7.2). */
import { ERRNO } from '../../../backend/errno.js'
import {
  PANFROST_JD_REQ_CYCLE_COUNT,
  PANFROST_JD_REQ_FS,
  type PanfrostJob,
} from '../../../backend/panfrost-calls.js'
import type { Fence } from '../../dma-buf/dma-fence.js'
import type { Outcome } from '../../../backend/outcome.js'
import type { Wait } from '../../waits.js'
import type { PanfrostFile } from './panfrost-file.js'
import { PanfrostGemObject } from './panfrost-gem.js'

/** panfrost_ioctl_jm_ctx_create() (1.5). EINVAL; EBUSY. */
export function jmCtxCreate(file: PanfrostFile, priority: number): Outcome<{ readonly handle: number }> {
  return file.device.uapi.minor < 5 ? -ERRNO.EINVAL : file.contexts.create(priority)
}

/** panfrost_ioctl_jm_ctx_destroy() (1.5): its jobs end with it. EINVAL. */
export function jmCtxDestroy(file: PanfrostFile, handle: number): number {
  if (file.device.uapi.minor < 5) return -ERRNO.EINVAL
  const context = file.contexts.remove(handle)
  if (typeof context === 'number') return context
  file.device.jobs.close(context)
  return 0
}

/** Locking one buffer and putting a fence on it. Modelled. */
const BO_NS = 300

/** panfrost_ioctl_submit(). */
export function submit(file: PanfrostFile, request: PanfrostJob): number {
  const { kernel, jobs, uapi } = file.device
  const { jc, requirements, outSync, jmCtxHandle } = request
  if (jc === 0n) return -ERRNO.EINVAL
  const known = PANFROST_JD_REQ_FS | (uapi.minor >= 3 ? PANFROST_JD_REQ_CYCLE_COUNT : 0)
  if ((requirements & ~known) !== 0) return -ERRNO.EINVAL
  const out = outSync > 0 ? file.syncobjs.find(outSync) : undefined
  if (outSync > 0 && out === undefined) return -ERRNO.ENODEV
  // Before 1.5 the field is beyond the end of the kernel's struct, and cut off.
  const context = file.contexts.get(uapi.minor >= 5 ? jmCtxHandle : 0)
  const slot = (requirements & PANFROST_JD_REQ_FS) !== 0 ? 0 : 1
  const entity = context?.entities[slot]
  if (entity === undefined) return -ERRNO.EINVAL

  const after: Fence[] = []
  for (const handle of request.inSyncs) {
    const fence = file.syncobjs.findFence(handle)
    if (typeof fence === 'number') return fence
    after.push(fence)
  }
  const bos = lookupBos(file, request.boHandles)
  if (typeof bos === 'number') return bos
  // A ww_mutex that one context takes twice.
  if (new Set(bos).size < bos.length) return -ERRNO.EALREADY
  kernel.spend(bos.length * BO_NS)
  const fence = jobs.push(entity, slot, after, bos)
  if (out !== undefined) out.fence = fence
  return 0
}

/** drm_gem_objects_lookup() and panfrost_lookup_bos(): first all handles, then all mappings. */
function lookupBos(file: PanfrostFile, handles: Uint32Array): PanfrostGemObject[] | number {
  const bos: PanfrostGemObject[] = []
  for (const handle of handles) {
    const bo = file.lookup(handle)
    if (!(bo instanceof PanfrostGemObject)) return -ERRNO.ENOENT
    bos.push(bo)
  }
  return bos.every((bo) => bo.mappingOf(file) !== undefined) ? bos : -ERRNO.EINVAL
}

/** panfrost_ioctl_wait_bo(): what there is to wait for. ENOENT. */
export function waitBo(file: PanfrostFile, handle: number): Wait | number {
  const bo = file.lookup(handle)
  if (bo === undefined) return -ERRNO.ENOENT
  const { resv } = bo
  return {
    check: (nowNs) => (resv.isIdle('write', nowNs) ? 0 : undefined),
    nextNs: () => resv.idleAtNs('write'),
  }
}
