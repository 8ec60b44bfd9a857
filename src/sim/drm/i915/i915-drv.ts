/**
 * i915's ioctls for memory with the checks of the driver, in its order: i915_gem.c, i915_getparam.c,
 * gem/i915_gem_{create,mman,domain,busy,wait}.c (6.12). They are refused before anything else by who has no such file.
 */
import { ERRNO } from '../../../backend/errno.js'
import {
  I915_MADV_DONTNEED,
  I915_MADV_WILLNEED,
  I915_MMAP_OFFSET_FIXED,
  I915_MMAP_OFFSET_GTT,
  I915_PARAM,
  type I915Bo,
  type I915MemoryRegion,
} from '../../../backend/i915-calls.js'
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import { PAGE_SIZE } from '../../mm/page.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { I915File } from './i915-device.js'
import { I915DmaBufObject } from './i915-gem-dmabuf.js'
import { I915GemObject } from './i915-gem-object.js'

/** Of GEM_CREATE_EXT: I915_GEM_CREATE_EXT_FLAG_NEEDS_CPU_ACCESS. */
const NEEDS_CPU_ACCESS = 1n
/** MAX_LFS_FILESIZE. */
const MOST_BYTES = 2n ** 63n - 1n
/** Of the global address space: ggtt->vm.total. */
const GGTT_BYTES = 2n ** 32n
const MMAP_TYPES = ['GTT', 'WC', 'WB', 'UC', 'FIXED'] as const
const MMAP_GTT_VERSION = 5

/** IRQ_ACTIVE, ALLOW_BATCHBUFFER, LAST_DISPATCH, HAS_EXEC_CONSTANTS: of a time before the kernel managed memory. */
const REJECTED_PARAMS = new Set([1, 2, 3, 14])
/** Parameters that every device answers with 1. */
const ALWAYS_1 = new Set([
  5, 8, 9, 12, 13, 15, 16, 19, 21, 22, 24, 25, 26, 29, 30, 37, 43, 44, 45, 48, 49, 53, 55, 56,
])

/** GETPARAM, of what does not depend on engines, slices and firmware: those are EINVAL here. */
export function getParam({ device }: I915File, param: number): Outcome<{ readonly value: number }> {
  if (REJECTED_PARAMS.has(param)) return -ERRNO.ENODEV
  if (param === I915_PARAM.CHIPSET_ID) return { value: device.info.pciDevice }
  if (param === I915_PARAM.REVISION) return { value: device.info.revision }
  if (param === I915_PARAM.HAS_LLC) return { value: device.info.hasLlc ? 1 : 0 }
  if (param === I915_PARAM.MMAP_GTT_VERSION) return { value: MMAP_GTT_VERSION }
  return ALWAYS_1.has(param) ? { value: 1 } : -ERRNO.EINVAL
}

/** GEM_GET_APERTURE: pinned bindings are told as what they need, although all address spaces are one here. */
export function getAperture({ device }: I915File): { sizeBytes: bigint; availableBytes: bigint } {
  let pinned = 0
  for (const object of device.objects) {
    if (!(object instanceof I915GemObject)) continue
    for (const { isPinned } of object.bindings) if (isPinned) pinned += object.sizePages
  }
  return { sizeBytes: GGTT_BYTES, availableBytes: GGTT_BYTES - BigInt(pinned) * BigInt(PAGE_SIZE) }
}

/** GEM_CREATE: no pages before they are used. EINVAL for no bytes, E2BIG. */
export function gemCreate(file: I915File, sizeBytes: bigint): Outcome<I915Bo> {
  // Rounding up wraps, as it does in 64 bits.
  const size = BigInt.asUintN(
    64,
    ((sizeBytes + BigInt(PAGE_SIZE) - 1n) / BigInt(PAGE_SIZE)) * BigInt(PAGE_SIZE),
  )
  if (size === 0n) return -ERRNO.EINVAL
  if (size > MOST_BYTES) return -ERRNO.E2BIG
  const object = file.device.createObject(Number(size / BigInt(PAGE_SIZE)))
  const handle = file.createHandle(object)
  object.put()
  return handle < 0 ? handle : { handle, sizeBytes: size }
}

/** GEM_CREATE_EXT: a device without memory of its own has one region. EINVAL for another, and for one named twice. */
export function gemCreateExt(
  file: I915File,
  sizeBytes: bigint,
  flags: number,
  regions: readonly I915MemoryRegion[],
): Outcome<I915Bo> {
  if ((BigInt(flags) & ~NEEDS_CPU_ACCESS) !== 0n) return -ERRNO.EINVAL
  for (const { memoryClass, memoryInstance } of regions)
    if (memoryClass !== 0 || memoryInstance !== 0) return -ERRNO.EINVAL
  if (regions.length > 1) return -ERRNO.EINVAL
  // It speaks of a choice between local and system memory.
  if (flags !== 0) return -ERRNO.EINVAL
  return gemCreate(file, sizeBytes)
}

/** GEM_MMAP_OFFSET: FIXED and only that on a device with memory of its own. EINVAL; ENOENT; ENODEV. */
export function gemMmapOffset(
  file: I915File,
  handle: number,
  flags: bigint,
): Outcome<{ readonly offset: bigint }> {
  const { device } = file
  const type = MMAP_TYPES[Number(flags)]
  if (type === undefined) return -ERRNO.EINVAL
  // Only the processor's graphics have a window into the global address space.
  if (Number(flags) === I915_MMAP_OFFSET_GTT && device.info.isDiscrete) return -ERRNO.ENODEV
  const object = lookup(file, handle)
  if (object === undefined) return -ERRNO.ENOENT
  const isFixed = Number(flags) === I915_MMAP_OFFSET_FIXED
  if (isFixed !== device.info.isDiscrete) return -ERRNO.ENODEV
  if (object instanceof I915DmaBufObject && Number(flags) !== I915_MMAP_OFFSET_GTT) return -ERRNO.ENODEV
  const page = device.mmapOffset(object, type)
  return page === null ? -ERRNO.ENOSPC : { offset: BigInt(page) * BigInt(PAGE_SIZE) }
}

/** GEM_MADVISE: 1 retained, 0 purged. EINVAL for unknown advice, before the handle is looked at; ENOENT. */
export function gemMadvise(file: I915File, handle: number, advice: number): NegativeErrno | 0 | 1 {
  if (advice !== I915_MADV_WILLNEED && advice !== I915_MADV_DONTNEED) return -ERRNO.EINVAL
  const object = lookup(file, handle)
  if (object === undefined) return -ERRNO.ENOENT
  return runToCompletion(
    locked(object, 'i915_gem_madvise_ioctl', () => (object.madviseLocked(advice) ? 1 : 0)),
  )
}

/** Runs `work` with the reservation of the object held. */
export function* locked<T>(object: I915GemObject, where: string, work: () => T): Path<T> {
  yield object.resvLock.lock(where)
  const result = work()
  yield object.resvLock.unlock(where)
  return result
}

export function lookup(file: I915File, handle: number): I915GemObject | undefined {
  const object = file.lookup(handle)
  return object instanceof I915GemObject ? object : undefined
}
