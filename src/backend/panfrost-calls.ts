/** Panfrost's own ioctls: include/uapi/drm/panfrost_drm.h, drivers/gpu/drm/panfrost/panfrost_drv.c (6.12). */
import type { NegativeErrno, Outcome } from './outcome.js'

/** enum drm_panfrost_param, by the kernel's names without the DRM_PANFROST_PARAM_ prefix. */
export const PANFROST_PARAM = {
  GPU_PROD_ID: 0,
  GPU_REVISION: 1,
  SHADER_PRESENT: 2,
  TILER_PRESENT: 3,
  L2_PRESENT: 4,
  AS_PRESENT: 6,
  JS_PRESENT: 7,
  MEM_FEATURES: 11,
  MMU_FEATURES: 12,
} as const

/** PANFROST_BO_NOEXEC: the GPU may not execute from it. */
export const PANFROST_BO_NOEXEC = 1
/** PANFROST_BO_HEAP: grows on GPU faults; needs NOEXEC; cannot be mapped by the CPU. */
export const PANFROST_BO_HEAP = 2

export const PANFROST_MADV_WILLNEED = 0
export const PANFROST_MADV_DONTNEED = 1

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
}
