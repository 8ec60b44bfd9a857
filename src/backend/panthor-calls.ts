/** Panthor's ioctls (Mali with a command-stream frontend): include/uapi/drm/panthor_drm.h, panthor_drv.c (7.2, uAPI 1.8). */
import type { NegativeErrno, Outcome } from './outcome.js'
import type { PanthorGroupRequest, PanthorQueueSubmit } from './panthor-group.js'
import type { PanthorQueries } from './panthor-queries.js'
import type { PanthorVmBindOp, PanthorVmBindResult } from './panthor-vm.js'

export const PANTHOR_BO_NO_MMAP = 1
/** 1.7: CPU mappings are cached. */
export const PANTHOR_BO_WB_MMAP = 2
/** Of BO_QUERY_INFO's extraFlags. */
export const PANTHOR_BO_IS_IMPORTED = 1

/** Types of a BO_SYNC operation. */
export const PANTHOR_BO_SYNC_CPU_CACHE_FLUSH = 0
export const PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE = 1

export interface PanthorBoSyncOp {
  readonly handle: number
  readonly type: number
  readonly offset: bigint
  readonly sizeBytes: bigint
}

export interface PanthorTilerHeapRequest {
  readonly vmId: number
  readonly initialChunkCount: number
  /** A multiple of a page from 128 KiB to 8 MiB. */
  readonly chunkSizeBytes: number
  readonly maxChunks: number
  readonly targetInFlight: number
}

export interface PanthorCalls {
  /** DEV_QUERY of one kind. Fields that an older kernel does not fill are 0. EINVAL for a kind that it does not know. */
  devQuery<Kind extends keyof PanthorQueries>(fd: number, kind: Kind): Outcome<PanthorQueries[Kind]>
  /**
   * VM_CREATE; `userVaRange` 0n leaves it to the kernel. What it answers is where its own part begins, which may be
   * above what was asked for. EINVAL; EBUSY above 32.
   */
  vmCreate(fd: number, userVaRange: bigint): Outcome<{ readonly id: number; readonly userVaRange: bigint }>
  /** VM_DESTROY. EINVAL unknown. */
  vmDestroy(fd: number, id: number): NegativeErrno | 0
  /** VM_GET_STATE: 0 usable, 1 not. EINVAL unknown. */
  vmGetState(fd: number, id: number): Outcome<{ readonly state: number }>
  /** VM_BIND, at once or (PANTHOR_VM_BIND_ASYNC) on the queue of the VM. EINVAL for nearly everything; ENOMEM. */
  vmBind(fd: number, vmId: number, flags: number, operations: readonly PanthorVmBindOp[]): PanthorVmBindResult
  /** BO_CREATE, for one VM alone or (exclusiveVmId 0) for all. EINVAL; ENOMEM. Pages are allocated at the first use. */
  boCreate(
    fd: number,
    sizeBytes: bigint,
    flags: number,
    exclusiveVmId: number,
  ): Outcome<{ readonly handle: number; readonly sizeBytes: bigint }>
  /** BO_MMAP_OFFSET. ENOENT; EPERM for NO_MMAP. */
  boMmapOffset(fd: number, handle: number): Outcome<{ readonly offset: bigint }>
  /** BO_SET_LABEL (1.4); null clears it. E2BIG above 4095 bytes; ENOENT; EINVAL before 1.4. */
  boSetLabel(fd: number, handle: number, label: string | null): NegativeErrno | 0
  /** BO_SYNC (1.7). EINVAL range, type, imported; ENOENT. */
  boSync(fd: number, operations: readonly PanthorBoSyncOp[]): NegativeErrno | 0
  /** BO_QUERY_INFO (1.7). ENOENT. */
  boQueryInfo(
    fd: number,
    handle: number,
  ): Outcome<{ readonly createFlags: number; readonly extraFlags: number }>
  /** GROUP_CREATE. EINVAL queues, cores, VM, priority; EACCES for a high priority. */
  groupCreate(fd: number, request: PanthorGroupRequest): Outcome<{ readonly handle: number }>
  /** GROUP_DESTROY. EINVAL unknown. */
  groupDestroy(fd: number, handle: number): NegativeErrno | 0
  /** GROUP_GET_STATE: bits of panthor-group.ts, and which queues met a fatal fault. EINVAL unknown. */
  groupGetState(fd: number, handle: number): Outcome<{ readonly state: number; readonly fatalQueues: number }>
  /** GROUP_SUBMIT. EINVAL, also when the group can run no more; ENOMEM; ENODEV. */
  groupSubmit(fd: number, handle: number, submits: readonly PanthorQueueSubmit[]): NegativeErrno | 0
  /** TILER_HEAP_CREATE. EINVAL counts, chunk size, VM; ENOMEM. */
  tilerHeapCreate(
    fd: number,
    request: PanthorTilerHeapRequest,
  ): Outcome<{
    readonly handle: number
    readonly contextGpuAddress: bigint
    readonly firstChunkGpuAddress: bigint
  }>
  /** TILER_HEAP_DESTROY. EINVAL unknown. */
  tilerHeapDestroy(fd: number, handle: number): NegativeErrno | 0
}
