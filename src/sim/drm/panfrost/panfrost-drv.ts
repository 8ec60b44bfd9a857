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
import type { PanfrostFile } from './panfrost-file.js'
import { PanfrostGemObject } from './panfrost-gem.js'

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
  if (sizeBytes === 0 || (flags & ~file.device.uapi.createFlags) !== 0) return -ERRNO.EINVAL
  const isHeap = (flags & PANFROST_BO_HEAP) !== 0
  if (isHeap && (flags & PANFROST_BO_NOEXEC) === 0) return -ERRNO.EINVAL
  if (isHeap && (flags & PANFROST_BO_WB_MMAP) !== 0) return -ERRNO.EINVAL

  const bo = new PanfrostGemObject(file.device, pagesOf(sizeBytes), flags)
  const handle = bo.createMmapOffset() ? file.createHandle(bo) : -ERRNO.ENOSPC
  // The handle holds the buffer from here on.
  bo.put()
  if (handle < 0) return handle
  const startPage = bo.mappingOf(file)?.startPage ?? 0
  return { handle, gpuAddress: BigInt(startPage) << BigInt(PAGE_SHIFT) }
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
  const bo = lookup(file, handle)
  if (bo === undefined) return -ERRNO.ENOENT
  if (advice === PANFROST_MADV_DONTNEED) {
    const [first, second] = bo.mappings
    if (first === undefined || second !== undefined) return -ERRNO.EINVAL
    if (first.file !== file) {
      const { log, current } = file.device.kernel
      log.warn('drivers/gpu/drm/panfrost/panfrost_drv.c:436 panfrost_ioctl_madvise', current?.task.pid ?? 0)
      return -ERRNO.EINVAL
    }
  }
  // The helper's field is a signed int, and nobody checks what is put into it.
  const retained = bo.madvise(advice | 0)
  const { list } = file.device.shrinker
  if (retained) {
    if (advice === PANFROST_MADV_DONTNEED) list.moveToTail(bo.madvNode)
    else if (advice === PANFROST_MADV_WILLNEED) list.remove(bo.madvNode)
  }
  return retained ? 1 : 0
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
