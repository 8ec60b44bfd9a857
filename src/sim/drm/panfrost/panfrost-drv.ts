/** Panfrost's ioctls with the checks of the driver, in its order: panfrost_drv.c (6.12; 7.2 where a version says so). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import {
  PANFROST_BO_HEAP,
  PANFROST_BO_NOEXEC,
  PANFROST_BO_WB_MMAP,
  PANFROST_MADV_DONTNEED,
  PANFROST_MADV_WILLNEED,
  PANFROST_PARAM,
  type PanfrostBo,
} from '../../../backend/panfrost-calls.js'
import { PAGE_SHIFT, PAGE_SIZE, pagesOf } from '../../mm/page.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { PanfrostFile } from './panfrost-file.js'
import { PanfrostGemObject } from './panfrost-gem.js'
import { madviseShmem, PanfrostShmemObject } from './panfrost-shmem.js'

/** The architected timer of an RK3399. */
const TIMER_HZ = 24_000_000n

export function getParam(file: PanfrostFile, param: number): Outcome<{ readonly value: bigint }> {
  const { params, uapi, kernel } = file.device
  if (param > uapi.lastParam) return -ERRNO.EINVAL
  if (param === PANFROST_PARAM.SYSTEM_TIMESTAMP) {
    return { value: (BigInt(Math.floor(kernel.taskNowNs())) * TIMER_HZ) / 1_000_000_000n }
  }
  return { value: params.get(param) ?? 0n }
}

export function createBo(file: PanfrostFile, sizeBytes: number, flags: number): Outcome<PanfrostBo> {
  return runToCompletion(createBoPath(file, sizeBytes, flags))
}

/** EINVAL also when the handle was guessed, and closed, before this is through. */
export function* createBoPath(
  file: PanfrostFile,
  sizeBytes: number,
  flags: number,
): Path<Outcome<PanfrostBo>> {
  if (sizeBytes === 0 || (flags & ~file.device.uapi.createFlags) !== 0) return -ERRNO.EINVAL
  const isHeap = (flags & PANFROST_BO_HEAP) !== 0
  if (isHeap && (flags & PANFROST_BO_NOEXEC) === 0) return -ERRNO.EINVAL
  if (isHeap && (flags & PANFROST_BO_WB_MMAP) !== 0) return -ERRNO.EINVAL

  const bo = file.device.newObject(pagesOf(sizeBytes), flags)
  const handle = bo.createMmapOffset() ? yield* file.handleCreate(bo) : -ERRNO.ENOSPC
  if (handle < 0) {
    yield* bo.putPath()
    return handle
  }
  const dropsEarly = file.device.kernel.bugs.has('handle-guess')
  if (dropsEarly) yield* bo.putPath()
  const mapping = yield* bo.mappingGet(file)
  if (mapping !== undefined) yield* bo.mappingPut(mapping)
  if (!dropsEarly && bo.drop()) yield* bo.release()
  if (mapping === undefined) return -ERRNO.EINVAL
  return { handle, gpuAddress: BigInt(mapping.startPage) << BigInt(PAGE_SHIFT) }
}

export function mmapBo(
  file: PanfrostFile,
  handle: number,
  flags: number,
): Outcome<{ readonly offset: bigint }> {
  if (flags !== 0) {
    file.device.kernel.log.print(`unknown mmap_bo flags: ${flags}`)
    return -ERRNO.EINVAL
  }
  const bo = lookup(file, handle)
  if (bo === undefined) return -ERRNO.ENOENT
  if (bo.isHeap) return -ERRNO.EINVAL
  if (!bo.createMmapOffset() || bo.offsetPage === null) return -ERRNO.ENOSPC
  return { offset: BigInt(bo.offsetPage) * BigInt(PAGE_SIZE) }
}

export function madvise(file: PanfrostFile, handle: number, advice: number): NegativeErrno | 0 | 1 {
  return runToCompletion(madvisePath(file, handle, advice))
}

export function* madvisePath(
  file: PanfrostFile,
  handle: number,
  advice: number,
): Path<NegativeErrno | 0 | 1> {
  const where = 'panfrost_ioctl_madvise'
  const bo = file.objectLookupAtOnce(handle) ?? (yield* file.objectLookup(handle))
  if (!(bo instanceof PanfrostGemObject)) return -ERRNO.ENOENT
  if (bo instanceof PanfrostShmemObject) {
    const answer = yield* madviseShmem(file, bo, advice)
    yield* bo.putPath()
    return answer
  }
  const { lock: shrinkerLock } = file.device.shrinker
  if (bo.takeResv(where)) yield bo.resvLock
  if (shrinkerLock.take(where)) yield shrinkerLock
  if (bo.takeMappings(where)) yield bo.mappingsLock
  const answer = adviseLocked(file, bo, advice)
  if (bo.giveMappings(where)) yield bo.mappingsLock
  if (shrinkerLock.give(where)) yield shrinkerLock
  if (bo.giveResv(where)) yield bo.resvLock
  if (bo.drop()) yield* bo.release()
  return answer
}

function adviseLocked(file: PanfrostFile, bo: PanfrostGemObject, advice: number): NegativeErrno | 0 | 1 {
  const { shrinker } = file.device
  if (advice === PANFROST_MADV_DONTNEED) {
    const refusal = mayBeAdvised(file, bo)
    if (refusal !== 0) return refusal
  }
  // The helper's field is a signed int, and nobody checks what is put into it.
  if (!bo.madvise(advice | 0)) return 0
  if (advice === PANFROST_MADV_DONTNEED) {
    shrinker.moveToTail(bo)
  } else if (advice === PANFROST_MADV_WILLNEED) shrinker.remove(bo)
  return 1
}

/** DONTNEED is for who alone has it mapped: EINVAL for all others. */
export function mayBeAdvised(file: PanfrostFile, bo: PanfrostGemObject): NegativeErrno | 0 {
  const { firstMapping: first } = bo
  if (first === null || first.nextMapping !== null) return -ERRNO.EINVAL
  if (first.openFile === file) return 0
  const { log, current } = file.device.kernel
  log.warn('drivers/gpu/drm/panfrost/panfrost_drv.c:436 panfrost_ioctl_madvise', current?.task.pid ?? 0)
  return -ERRNO.EINVAL
}

/** GET_BO_OFFSET: the address stays what it was when the buffer is purged, whoever has it by then. ENOENT; EINVAL. */
export function getBoOffset(file: PanfrostFile, handle: number): Outcome<{ readonly gpuAddress: bigint }> {
  const bo = lookup(file, handle)
  if (bo === undefined) return -ERRNO.ENOENT
  const mapping = bo.mappingOf(file)
  return mapping === undefined
    ? -ERRNO.EINVAL
    : { gpuAddress: BigInt(mapping.startPage) << BigInt(PAGE_SHIFT) }
}

function lookup(file: PanfrostFile, handle: number): PanfrostGemObject | undefined {
  const object = file.lookup(handle)
  return object instanceof PanfrostGemObject ? object : undefined
}
