/** vc4's memory ioctls (Raspberry Pi up to 3): include/uapi/drm/vc4_drm.h, drivers/gpu/drm/vc4/vc4_bo.c (6.12). */
import type { NegativeErrno, Outcome } from './outcome.js'

export const VC4_MADV_WILLNEED = 0
export const VC4_MADV_DONTNEED = 1

export const VC4_PARAM = {
  V3D_IDENT0: 0,
  V3D_IDENT1: 1,
  V3D_IDENT2: 2,
  SUPPORTS_MADVISE: 7,
} as const

/** All calls: ENODEV on a vc4 without V3D (Raspberry Pi 4 and later). */
export interface Vc4Calls {
  /** CREATE_BO, from the contiguous memory area. EINVAL; ENOMEM. */
  createBo(fd: number, sizeBytes: number): Outcome<{ readonly handle: number }>
  /** MMAP_BO. EINVAL unknown handle (mmap itself refuses one that is not WILLNEED). */
  mmapBo(fd: number, handle: number): Outcome<{ readonly offset: bigint }>
  /** GEM_MADVISE: 1 retained, 0 purged. EINVAL unknown advice, imported or in use; ENOENT. */
  gemMadvise(fd: number, handle: number, advice: number): NegativeErrno | 0 | 1
  /** GET_PARAM. EINVAL unknown. */
  getParam(fd: number, param: number): Outcome<{ readonly value: bigint }>
}
