/** What is bound where in a Panthor address space, and what it waits for and signals: panthor_drm.h. */
import type { NegativeErrno } from './outcome.js'

/** On the queue of the VM instead of at once; `syncs` need it. */
export const PANTHOR_VM_BIND_ASYNC = 1

export const PANTHOR_VM_BIND_OP_MAP_READONLY = 1
export const PANTHOR_VM_BIND_OP_MAP_NOEXEC = 2
export const PANTHOR_VM_BIND_OP_MAP_UNCACHED = 4
/** 1.8: the whole range reads something undefined, without a buffer. EINVAL without NOEXEC. */
export const PANTHOR_VM_BIND_OP_MAP_SPARSE = 8
export const PANTHOR_VM_BIND_OP_TYPE_MAP = 0
export const PANTHOR_VM_BIND_OP_TYPE_UNMAP = 0x1000_0000
export const PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY = 0x2000_0000

export const PANTHOR_SYNC_OP_TIMELINE_SYNCOBJ = 1
/** The bit that makes a signal of a wait. */
export const PANTHOR_SYNC_OP_SIGNAL = 0x8000_0000

/** A syncobj to wait for or to signal: struct drm_panthor_sync_op. */
export interface PanthorSyncOp {
  readonly flags: number
  /** Unknown: ENOENT where it is waited for. To signal one is EINVAL, but up to Linux 7.2 the calling thread ends there. */
  readonly handle: number
  /** 0n unless it is a timeline. */
  readonly timelineValue: bigint
}

/** struct drm_panthor_vm_bind_op. Addresses, offsets and sizes are whole pages. */
export interface PanthorVmBindOp {
  readonly flags: number
  readonly boHandle: number
  readonly boOffset: bigint
  readonly gpuAddress: bigint
  readonly sizeBytes: bigint
  readonly syncs: readonly PanthorSyncOp[]
}

/** A refused synchronous bind also tells which operation it was; those before it stay done. */
export interface PanthorVmBindResult {
  readonly result: NegativeErrno | 0
  readonly failedOperation?: number
}
