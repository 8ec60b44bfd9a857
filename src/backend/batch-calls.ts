/** The same request for many buffers in one call, for loops that would otherwise spend their time between languages. */
import type { NegativeErrno } from './outcome.js'

/** Drivers whose buffers a batch or a program can handle; `dumb` is any driver with dumb buffers. */
export const BATCH_DRIVERS = ['panfrost', 'panthor', 'i915', 'msm', 'vc4', 'dumb'] as const
export type BatchDriver = (typeof BATCH_DRIVERS)[number]

/**
 * A batch goes on until the first refusal. It answers how many it did; when that is less than asked, `results` holds the
 * negative errno at that index. Closing many: drm.gemCloseMany.
 */
export interface BatchCalls {
  /**
   * Creates a buffer of each of `sizesBytes` with the driver's own `flags` (a dumb one of a line of 32-bit pixels takes
   * none): results[i] is the handle, which is why `results` is as long as `sizesBytes` or a TypeError.
   */
  createMany(
    driver: BatchDriver,
    fd: number,
    sizesBytes: Uint32Array,
    flags: number,
    results: Float64Array,
  ): number
  /** Advises all: results[i] is 1 when retained, 0 when purged. ENOTTY when the driver knows no advice. */
  madviseMany(
    driver: BatchDriver,
    fd: number,
    handles: Uint32Array,
    advice: number,
    results: Float64Array,
  ): NegativeErrno
}
