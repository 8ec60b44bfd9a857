/** msm's memory ioctls (Adreno): include/uapi/drm/msm_drm.h, drivers/gpu/drm/msm/msm_drv.c (6.12). */
import type { NegativeErrno, Outcome } from './outcome.js'

export const MSM_MADV_WILLNEED = 0
export const MSM_MADV_DONTNEED = 1

/** How the CPU maps it: one of these is required. */
export const MSM_BO_CACHED = 0x00010000
export const MSM_BO_WC = 0x00020000

/** MSM_PIPE_3D0: the pipe whose parameters there are. */
export const MSM_PIPE_3D0 = 0x10

export const MSM_PARAM = {
  GPU_ID: 1,
  GMEM_SIZE: 2,
  CHIP_ID: 3,
  MAX_FREQ: 4,
  TIMESTAMP: 5,
} as const

/** What GEM_INFO can tell as a number. */
export const MSM_INFO_GET_OFFSET = 0
export const MSM_INFO_GET_IOVA = 1
export const MSM_INFO_GET_FLAGS = 5

export interface MsmCalls {
  /** GEM_NEW. EINVAL for size 0 or unknown flags; ENOMEM. Pages are allocated at the first use. */
  gemNew(fd: number, sizeBytes: bigint, flags: number): Outcome<{ readonly handle: number }>
  /** GEM_INFO for an item that is a number; GET_OFFSET answers the file offset to hand to mmap. ENOENT; EINVAL. */
  gemInfo(fd: number, handle: number, info: number): Outcome<{ readonly value: bigint }>
  /** GEM_MADVISE: 1 retained, 0 purged. EINVAL unknown advice; ENOENT. */
  gemMadvise(fd: number, handle: number, advice: number): NegativeErrno | 0 | 1
  /** GET_PARAM. EINVAL unknown pipe or parameter; ENXIO without a GPU. */
  getParam(fd: number, pipe: number, param: number): Outcome<{ readonly value: bigint }>
}
