/** Create, map offset and advice of each driver in one form, for what is made of them: batches and programs. */
import type { BatchDriver } from '../backend/batch-calls.js'
import type { KernelCalls } from '../backend/backend.js'
import { BATCH_DRIVERS } from '../backend/batch-calls.js'
import { ERRNO } from '../backend/errno.js'
import type { Outcome } from '../backend/outcome.js'

export type DriverGroups = Pick<KernelCalls, 'drm' | 'panfrost' | 'panthor' | 'i915' | 'msm' | 'vc4'>

export interface GemRequests {
  create(fd: number, sizeBytes: number, flags: number): Outcome<{ readonly handle: number }>
  mmapOffset(fd: number, handle: number): Outcome<{ readonly offset: bigint }>
  madvise(fd: number, handle: number, advice: number): number
}

/** Throws a TypeError for a driver that is none of BATCH_DRIVERS. */
export function gemRequests(calls: DriverGroups, driver: BatchDriver): GemRequests {
  const { drm, panfrost, panthor, i915, msm, vc4 } = calls
  const noAdvice = () => -ERRNO.ENOTTY
  switch (driver) {
    case 'panfrost':
      return {
        create: (fd, sizeBytes, flags) => panfrost.createBo(fd, sizeBytes, flags),
        mmapOffset: (fd, handle) => panfrost.mmapBo(fd, handle, 0),
        madvise: (fd, handle, advice) => panfrost.madvise(fd, handle, advice),
      }
    case 'panthor':
      return {
        create: (fd, sizeBytes, flags) => panthor.boCreate(fd, BigInt(sizeBytes), flags, 0),
        mmapOffset: (fd, handle) => panthor.boMmapOffset(fd, handle),
        madvise: noAdvice,
      }
    case 'i915':
      return {
        create: (fd, sizeBytes) => i915.gemCreate(fd, BigInt(sizeBytes)),
        mmapOffset: (fd, handle) => i915.gemMmapOffset(fd, handle, 2n),
        madvise: (fd, handle, advice) => i915.gemMadvise(fd, handle, advice),
      }
    case 'msm':
      return {
        create: (fd, sizeBytes, flags) => msm.gemNew(fd, BigInt(sizeBytes), flags),
        mmapOffset(fd, handle) {
          const info = msm.gemInfo(fd, handle, 0)
          return typeof info === 'number' ? info : { offset: info.value }
        },
        madvise: (fd, handle, advice) => msm.gemMadvise(fd, handle, advice),
      }
    case 'vc4':
      return {
        create: (fd, sizeBytes) => vc4.createBo(fd, sizeBytes),
        mmapOffset: (fd, handle) => vc4.mmapBo(fd, handle),
        madvise: (fd, handle, advice) => vc4.gemMadvise(fd, handle, advice),
      }
    case 'dumb':
      return {
        create: (fd, sizeBytes) => drm.createDumb(fd, Math.ceil(sizeBytes / 4), 1, 32),
        mmapOffset: (fd, handle) => drm.mapDumb(fd, handle),
        madvise: noAdvice,
      }
    default:
      throw new TypeError(`driver must be one of ${BATCH_DRIVERS.join(', ')}`)
  }
}
