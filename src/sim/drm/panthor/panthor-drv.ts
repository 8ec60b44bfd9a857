/** Panthor's ioctls with the checks of the driver, in its order: panthor_drv.c (7.2, uAPI 1.8). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import {
  PANTHOR_BO_IS_IMPORTED,
  PANTHOR_BO_NO_MMAP,
  PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE,
  PANTHOR_BO_WB_MMAP,
  type PanthorBoSyncOp,
} from '../../../backend/panthor-calls.js'
import { COST_NS } from '../../costs.js'
import { PAGE_SHIFT, PAGE_SIZE, pagesOf } from '../../mm/page.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { PanthorFile } from './panthor-file.js'
import { PanthorGemObject } from './panthor-gem.js'
import { PanthorVm } from './panthor-vm.js'

/** PANTHOR_BO_LABEL_MAXLEN, with the NUL. */
const LABEL_BYTES = 4096
const FULL_RANGE = 1n << 48n
/** PANTHOR_VM_MIN_KERNEL_VA_SIZE. */
const LEAST_KERNEL_RANGE = 256n << 20n
/** MAX_LFS_FILESIZE: what shmem_file_setup() takes. */
const MOST_FILE_BYTES = (1n << 63n) - 1n

/** panthor_vm_pool_create_vm(): the driver's own part is a power of two at the end. EINVAL; EBUSY above 32. */
export function vmCreate(
  file: PanthorFile,
  userVaRange: bigint,
): Outcome<{ readonly id: number; readonly userVaRange: bigint }> {
  // What a 64-bit process has itself is no less: half for each.
  const userRange = userVaRange === 0n ? FULL_RANGE / 2n : userVaRange
  if (userRange > FULL_RANGE - LEAST_KERNEL_RANGE) return -ERRNO.EINVAL
  const kernelRange = 1n << BigInt((FULL_RANGE - userRange).toString(2).length - 1)
  const start = FULL_RANGE - kernelRange
  const [startPage, endPage] = [start, FULL_RANGE].map((address) => Number(address >> BigInt(PAGE_SHIFT)))
  const id = file.addVm(new PanthorVm(file.device, startPage ?? 0, endPage ?? 0))
  return id === undefined ? -ERRNO.EBUSY : { id, userVaRange: start }
}

/** panthor_ioctl_bo_create(): no pages yet. EINVAL; ENOMEM. */
export function boCreate(
  file: PanthorFile,
  sizeBytes: bigint,
  flags: number,
  exclusiveVmId: number,
): Outcome<{ readonly handle: number; readonly sizeBytes: bigint }> {
  return runToCompletion(boCreatePath(file, sizeBytes, flags, exclusiveVmId))
}

export function* boCreatePath(
  file: PanthorFile,
  sizeBytes: bigint,
  flags: number,
  exclusiveVmId: number,
): Path<Outcome<{ readonly handle: number; readonly sizeBytes: bigint }>> {
  const both = PANTHOR_BO_NO_MMAP | PANTHOR_BO_WB_MMAP
  if (sizeBytes === 0n || (flags & ~both) !== 0 || (flags & both) === both) return -ERRNO.EINVAL
  const vm = exclusiveVmId === 0 ? null : file.vm(exclusiveVmId)
  if (vm === undefined) return -ERRNO.EINVAL
  if (sizeBytes > MOST_FILE_BYTES) return -ERRNO.EINVAL
  const bo = new PanthorGemObject(file.device, pagesOf(Number(sizeBytes)), flags, vm?.root ?? null)
  const handle = bo.createMmapOffset() ? yield* file.handleCreate(bo) : -ERRNO.ENOSPC
  yield* bo.putPath()
  return handle < 0 ? handle : { handle, sizeBytes: BigInt(bo.sizePages) << BigInt(PAGE_SHIFT) }
}

/** panthor_ioctl_bo_mmap_offset(). ENOENT; EPERM for NO_MMAP. */
export function boMmapOffset(file: PanthorFile, handle: number): Outcome<{ readonly offset: bigint }> {
  const bo = lookup(file, handle)
  if (bo === undefined) return -ERRNO.ENOENT
  if ((bo.flags & PANTHOR_BO_NO_MMAP) !== 0) return -ERRNO.EPERM
  if (!bo.createMmapOffset() || bo.offsetPage === null) return -ERRNO.ENOSPC
  return { offset: BigInt(bo.offsetPage) * BigInt(PAGE_SIZE) }
}

/** panthor_ioctl_bo_set_label(). ENOENT; E2BIG. */
export function boSetLabel(file: PanthorFile, handle: number, label: string | null): NegativeErrno | 0 {
  const bo = lookup(file, handle)
  if (bo === undefined) return -ERRNO.ENOENT
  if (label !== null && new TextEncoder().encode(label).length >= LABEL_BYTES) return -ERRNO.E2BIG
  bo.userLabel = label
  return 0
}

/** panthor_ioctl_bo_sync(): operations before a refused one stay done. ENOENT; EINVAL. */
export function boSync(file: PanthorFile, operations: readonly PanthorBoSyncOp[]): NegativeErrno | 0 {
  for (const { handle, type, offset, sizeBytes } of operations) {
    const bo = lookup(file, handle)
    if (bo === undefined) return -ERRNO.ENOENT
    // A sum that wraps is beyond the end as well.
    if (offset + sizeBytes > BigInt(bo.sizePages * PAGE_SIZE)) return -ERRNO.EINVAL
    if (bo.importedFrom !== null) return -ERRNO.EINVAL
    if (type > PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE) return -ERRNO.EINVAL
    if (bo.isWriteCombined || bo.pages === null) continue
    const result = sizeBytes === 0n ? 0 : runToCompletion(bo.getDevSgt())
    if (result !== 0) return result
    file.device.kernel.spend(pagesOf(Number(sizeBytes)) * COST_NS.touchPage)
  }
  return 0
}

/** panthor_ioctl_bo_query_info(). ENOENT. */
export function boQueryInfo(
  file: PanthorFile,
  handle: number,
): Outcome<{ readonly createFlags: number; readonly extraFlags: number }> {
  const bo = lookup(file, handle)
  if (bo === undefined) return -ERRNO.ENOENT
  return { createFlags: bo.flags, extraFlags: bo.importedFrom === null ? 0 : PANTHOR_BO_IS_IMPORTED }
}

function lookup(file: PanthorFile, handle: number): PanthorGemObject | undefined {
  const object = file.lookup(handle)
  return object instanceof PanthorGemObject ? object : undefined
}
