/** Panfrost's own ioctls: include/uapi/drm/panfrost_drm.h, drivers/gpu/drm/panfrost/panfrost_drv.c (6.12, 7.2). */
import type { NegativeErrno, Outcome } from './outcome.js'

/** enum drm_panfrost_param, by the kernel's names without the DRM_PANFROST_PARAM_ prefix. */
export const PANFROST_PARAM = {
  GPU_PROD_ID: 0,
  GPU_REVISION: 1,
  SHADER_PRESENT: 2,
  TILER_PRESENT: 3,
  L2_PRESENT: 4,
  STACK_PRESENT: 5,
  AS_PRESENT: 6,
  JS_PRESENT: 7,
  L2_FEATURES: 8,
  CORE_FEATURES: 9,
  TILER_FEATURES: 10,
  MEM_FEATURES: 11,
  MMU_FEATURES: 12,
  THREAD_FEATURES: 13,
  MAX_THREADS: 14,
  THREAD_MAX_WORKGROUP_SZ: 15,
  THREAD_MAX_BARRIER_SZ: 16,
  COHERENCY_FEATURES: 17,
  TEXTURE_FEATURES0: 18,
  TEXTURE_FEATURES1: 19,
  TEXTURE_FEATURES2: 20,
  TEXTURE_FEATURES3: 21,
  JS_FEATURES0: 22,
  JS_FEATURES1: 23,
  JS_FEATURES2: 24,
  JS_FEATURES3: 25,
  JS_FEATURES4: 26,
  JS_FEATURES5: 27,
  JS_FEATURES6: 28,
  JS_FEATURES7: 29,
  JS_FEATURES8: 30,
  JS_FEATURES9: 31,
  JS_FEATURES10: 32,
  JS_FEATURES11: 33,
  JS_FEATURES12: 34,
  JS_FEATURES13: 35,
  JS_FEATURES14: 36,
  JS_FEATURES15: 37,
  NR_CORE_GROUPS: 38,
  THREAD_TLS_ALLOC: 39,
  AFBC_FEATURES: 40,
  SYSTEM_TIMESTAMP: 41,
  SYSTEM_TIMESTAMP_FREQUENCY: 42,
  ALLOWED_JM_CTX_PRIORITIES: 43,
  SELECTED_COHERENCY: 44,
} as const

/** PANFROST_BO_NOEXEC: the GPU may not execute from it. */
export const PANFROST_BO_NOEXEC = 1
/** PANFROST_BO_HEAP: grows on GPU faults; needs NOEXEC; cannot be mapped by the CPU. */
export const PANFROST_BO_HEAP = 2

/** PANFROST_BO_WB_MMAP (1.6): CPU mappings are cached, and panfrost's SYNC_BO keeps the GPU in step. Not with HEAP. */
export const PANFROST_BO_WB_MMAP = 4

export const PANFROST_MADV_WILLNEED = 0
export const PANFROST_MADV_DONTNEED = 1

/** Requirements of a job: fragment shading; cycle counter and timestamps (1.3). */
export const PANFROST_JD_REQ_FS = 1
export const PANFROST_JD_REQ_CYCLE_COUNT = 2

/** Types of a SYNC_BO operation. */
export const PANFROST_BO_SYNC_CPU_CACHE_FLUSH = 0
export const PANFROST_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE = 1

/** enum drm_panfrost_jm_ctx_priority. HIGH needs CAP_SYS_NICE or DRM master. */
export const PANFROST_JM_CTX_PRIORITY_LOW = 0
export const PANFROST_JM_CTX_PRIORITY_MEDIUM = 1
export const PANFROST_JM_CTX_PRIORITY_HIGH = 2

/** Of QUERY_BO_INFO's extraFlags: the buffer came in through PRIME. */
export const PANFROST_BO_IS_IMPORTED = 1

/** A job for the GPU: struct drm_panfrost_submit. */
export interface PanfrostJob {
  /** GPU address of the job descriptor, not 0. */
  readonly jc: bigint
  readonly requirements: number
  /** Handles of syncobjs to wait for. */
  readonly inSyncs: Uint32Array
  /** Handle of a syncobj that gets the fence; 0 for none. */
  readonly outSync: number
  /** GEM handles of all buffers that it uses. */
  readonly boHandles: Uint32Array
  /** A JM context (1.5); 0 is the default one, and all that older kernels know. */
  readonly jmCtxHandle: number
}

/** A part of a buffer whose CPU caches are to be written back: struct drm_panfrost_bo_sync_op. */
export interface PanfrostBoSyncOp {
  readonly handle: number
  readonly type: number
  readonly offset: number
  readonly sizeBytes: number
}

export interface PanfrostBoInfo {
  /** What CREATE_BO was told; 0 for an imported buffer. */
  readonly createFlags: number
  readonly extraFlags: number
}

export interface PanfrostBo {
  /** GEM handle, above 0, valid in this open file only. */
  readonly handle: number
  /** Address of the buffer in the GPU address space of this file. */
  readonly gpuAddress: bigint
}

export interface PanfrostCalls {
  /** GET_PARAM. EINVAL for a parameter that the kernel does not know. */
  getParam(fd: number, param: number): Outcome<{ readonly value: bigint }>
  /**
   * CREATE_BO, `sizeBytes` from 1 to 2^32 - 1 (the kernel rounds up to pages). All pages are allocated at once.
   * EINVAL for size 0, unknown flags, HEAP without NOEXEC; ENOMEM; ENOSPC when the GPU address space is full.
   */
  createBo(fd: number, sizeBytes: number, flags: number): Outcome<PanfrostBo>
  /** MMAP_BO: the file offset to hand to mmap. ENOENT unknown handle; EINVAL flags not 0 or a heap buffer. */
  mmapBo(fd: number, handle: number, flags: number): Outcome<{ readonly offset: bigint }>
  /**
   * MADVISE: 1 when the pages are retained, 0 when they were purged (which then stays so for ever). ENOENT unknown
   * handle; EINVAL for DONTNEED on a buffer that is mapped in more than one file. The advice itself is not validated.
   */
  madvise(fd: number, handle: number, advice: number): NegativeErrno | 0 | 1
  /**
   * SUBMIT. EINVAL jc 0, unknown requirements, an unknown JM context, a syncobj without a fence; ENODEV unknown
   * outSync; ENOENT unknown handle; EALREADY a handle twice. A purged buffer is not refused (6.12, 7.2).
   */
  submit(fd: number, job: PanfrostJob): NegativeErrno | 0
  /**
   * WAIT_BO: waits until no job uses the buffer, up to an absolute CLOCK_MONOTONIC time (`timeoutNs`, 0 asks only).
   * EBUSY when the time is past already; ETIMEDOUT; ENOENT. Blocks the thread: see blocking-calls.ts.
   */
  waitBo(fd: number, handle: number, timeoutNs: bigint): NegativeErrno | 0
  /** GET_BO_OFFSET: the address in the GPU address space. ENOENT; EINVAL when it is not mapped in this file. */
  getBoOffset(fd: number, handle: number): Outcome<{ readonly gpuAddress: bigint }>
  /** SET_LABEL_BO (1.4): a name for debugfs; null clears it. E2BIG above 4095 bytes; ENOENT; EINVAL before 1.4. */
  setLabelBo(fd: number, handle: number, label: string | null): NegativeErrno | 0
  /** JM_CTX_CREATE (1.5): a handle. EINVAL priority; EACCES for HIGH; EBUSY above 64. */
  jmCtxCreate(fd: number, priority: number): Outcome<{ readonly handle: number }>
  /** JM_CTX_DESTROY (1.5). EINVAL unknown, or 0, which is the default one. */
  jmCtxDestroy(fd: number, handle: number): NegativeErrno | 0
  /** SYNC_BO (1.6). ENOENT; EINVAL range, type, imported buffer. Operations before a refused one stay done. */
  syncBo(fd: number, operations: readonly PanfrostBoSyncOp[]): NegativeErrno | 0
  /** QUERY_BO_INFO (1.6). ENOENT. */
  queryBoInfo(fd: number, handle: number): Outcome<PanfrostBoInfo>
}
