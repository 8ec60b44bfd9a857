/** i915's memory ioctls: include/uapi/drm/i915_drm.h, drivers/gpu/drm/i915/gem (6.12). */
import type { NegativeErrno, Outcome } from './outcome.js'

export const I915_MADV_WILLNEED = 0
export const I915_MADV_DONTNEED = 1

/** How MMAP_OFFSET maps. A device with memory of its own takes FIXED only, another one anything but FIXED. */
export const I915_MMAP_OFFSET_GTT = 0
export const I915_MMAP_OFFSET_WC = 1
export const I915_MMAP_OFFSET_WB = 2
export const I915_MMAP_OFFSET_UC = 3
export const I915_MMAP_OFFSET_FIXED = 4

/** Some parameters of GETPARAM, without the I915_PARAM_ prefix. */
export const I915_PARAM = {
  CHIPSET_ID: 4,
  HAS_GEM: 5,
  HAS_LLC: 17,
  MMAP_VERSION: 30,
  REVISION: 32,
  MMAP_GTT_VERSION: 40,
} as const

/** A place where a buffer may live: struct drm_i915_gem_memory_class_instance. Class 0 is system memory, 1 the device's. */
export interface I915MemoryRegion {
  readonly memoryClass: number
  readonly memoryInstance: number
}

export interface I915Bo {
  readonly handle: number
  /** What was allocated: rounded up to the pages of the region. */
  readonly sizeBytes: bigint
}

export interface I915Calls {
  /** GEM_CREATE. EINVAL size 0; ENOMEM; E2BIG. Pages are allocated at the first use. */
  gemCreate(fd: number, sizeBytes: bigint): Outcome<I915Bo>
  /** GEM_CREATE_EXT with `flags`, in one of `regions` (none: system memory). EINVAL; ENODEV; ENOMEM. */
  gemCreateExt(
    fd: number,
    sizeBytes: bigint,
    flags: number,
    regions: readonly I915MemoryRegion[],
  ): Outcome<I915Bo>
  /** GEM_MMAP_OFFSET. ENOENT; EINVAL for a way that this device does not have; ENODEV. */
  gemMmapOffset(fd: number, handle: number, flags: bigint): Outcome<{ readonly offset: bigint }>
  /** GEM_MADVISE: 1 retained, 0 purged. EINVAL unknown advice; ENOENT. A buffer without pages is purged at once. */
  gemMadvise(fd: number, handle: number, advice: number): NegativeErrno | 0 | 1
  /** GEM_GET_APERTURE: sizes of the GPU's global address space. */
  gemGetAperture(fd: number): Outcome<{ readonly sizeBytes: bigint; readonly availableBytes: bigint }>
  /** GETPARAM. EINVAL unknown; ENODEV when this device lacks the thing. */
  getParam(fd: number, param: number): Outcome<{ readonly value: number }>
}
