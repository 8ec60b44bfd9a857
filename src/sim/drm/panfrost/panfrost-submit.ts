/** SUBMIT and WAIT_BO with the checks of the driver, in its order: panfrost_drv.c (6.12, 7.2). */
import { ERRNO } from '../../../backend/errno.js'
import {
  PANFROST_JD_REQ_CYCLE_COUNT,
  PANFROST_JD_REQ_FS,
  type PanfrostJob,
} from '../../../backend/panfrost-calls.js'
import type { DmaFence, Fence } from '../../dma-buf/dma-fence.js'
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { Wait } from '../../waits.js'
import { lockReservations, unlockReservations } from '../gem-reservations.js'
import type { PanfrostFile } from './panfrost-file.js'
import { PanfrostGemObject } from './panfrost-gem.js'
import { releaseUses, type JobRequest, type JobUses } from './panfrost-job.js'
import { PanfrostShmemObject } from './panfrost-shmem.js'

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

export function submit(file: PanfrostFile, request: PanfrostJob): number {
  return runToCompletion(submitPath(file, request))
}

/** panfrost_ioctl_submit(). */
export function* submitPath(file: PanfrostFile, request: PanfrostJob): Path<number> {
  const { uapi } = file.device
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
  const uses: JobUses = { bos: [], mappings: [] }
  const found = yield* lookupBos(file, request.boHandles, uses)
  const fence = found === 0 ? yield* pushJob(file, { jc, entity, slot, after, uses }) : found
  if (typeof fence === 'number') {
    yield* releaseUses(uses)
    return fence
  }
  if (out !== undefined) out.fence = fence
  return 0
}

/** panfrost_job_push(), with all buffers reserved. */
function* pushJob(file: PanfrostFile, request: JobRequest): Path<DmaFence | NegativeErrno> {
  const { kernel, jobs } = file.device
  const { bos } = request.uses
  const locked = yield* lockReservations(bos)
  if (locked !== 0) return locked
  kernel.spend(bos.length * BO_NS)
  // panfrost_objects_prepare() goes from the last to the first.
  let prepared: NegativeErrno | 0 = 0
  for (const mapping of request.uses.mappings.toReversed()) {
    const { bo } = mapping
    if (prepared === 0 && bo instanceof PanfrostShmemObject) prepared = yield* bo.prepareJob(mapping)
  }
  let fence: DmaFence | null = null
  if (prepared === 0) {
    yield jobs.schedLock.lock('panfrost_job_push')
    fence = jobs.push(file, request)
    yield jobs.schedLock.unlock('panfrost_job_push')
  }
  yield* unlockReservations(bos)
  return fence ?? prepared
}

/** drm_gem_objects_lookup() and panfrost_lookup_bos(): first all handles, then all mappings. */
function* lookupBos(file: PanfrostFile, handles: Uint32Array, uses: JobUses): Path<NegativeErrno | 0> {
  for (const handle of handles) {
    const bo = yield* file.objectLookup(handle)
    if (!(bo instanceof PanfrostGemObject)) return -ERRNO.ENOENT
    uses.bos.push(bo)
  }
  for (const bo of uses.bos) {
    const mapping = yield* bo.mappingGet(file)
    if (mapping === undefined) return -ERRNO.EINVAL
    bo.gpuUsecount++
    uses.mappings.push(mapping)
  }
  return 0
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
