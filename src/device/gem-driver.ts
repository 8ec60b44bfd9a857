/** What a DRM driver's uAPI can do with buffers, in one form for all drivers. */
import type { Backend } from '../backend/backend.js'
import type { BatchDriver } from '../backend/batch-calls.js'
import type { NegativeErrno, Outcome } from '../backend/outcome.js'

export type Advice = 'willneed' | 'dontneed'

/** The advice as every driver's uAPI numbers it. */
export const ADVICE_NUMBER: Readonly<Record<Advice, number>> = { willneed: 0, dontneed: 1 }

export interface BufferOptions {
  /** Whole bytes, 1 to 2^32 - 1; the kernel rounds up to pages. */
  readonly sizeBytes: number
  /** The GPU may not execute from it (PANFROST_BO_NOEXEC, 1.1). */
  readonly noexec?: boolean
  /** Grows on GPU faults and cannot be mapped by the CPU (PANFROST_BO_HEAP, 1.1); needs noexec. */
  readonly heap?: boolean
  /** CPU mappings are cached (WB_MMAP of Panfrost 1.6 and Panthor 1.7; MSM_BO_CACHED). Not with heap. */
  readonly cached?: boolean
}

export interface GemBuffer {
  readonly handle: number
  /** Address in the GPU's address space; absent for drivers that leave it to user space. */
  readonly gpuAddress?: bigint
}

/** Flags of the driver's create request, and the names (of driver-versions.ts) of those that came later. */
export interface DriverFlags {
  readonly flags: number
  readonly needs: readonly string[]
}

/** All calls answer as a Backend does: values, or a negative errno. */
export interface GemDriver {
  /** As DRM_IOCTL_VERSION names it. */
  readonly name: string
  /** Whether user space can mark a buffer as not needed, so that the kernel may purge it. */
  readonly purgeable: boolean
  /** It has the option noexec. */
  readonly noexec?: true
  /** The kernel may write a buffer that nobody gave away to swap, and brings it back when it is needed. */
  readonly evictable?: true
  /** The node that its requests are allowed on: dumb buffers are refused on a render node. */
  readonly node: 'render' | 'primary'
  /** Its name for batches and programs. */
  readonly batch: BatchDriver
  /** The names of the requests, for error messages. */
  readonly requests: { readonly create: string; readonly mmapOffset: string; readonly madvise: string }
  /** The options in the driver's bits; undefined when it has no such option. */
  flags(options: BufferOptions): DriverFlags | undefined
  create(backend: Backend, fd: number, sizeBytes: number, flags: number): Outcome<GemBuffer>
  /** The address of a buffer that came in through PRIME, for drivers that place buffers themselves. */
  gpuAddress?(backend: Backend, fd: number, handle: number): Outcome<{ readonly gpuAddress: bigint }>
  mmapOffset(backend: Backend, fd: number, handle: number): Outcome<{ readonly offset: bigint }>
  /** 1 retained, 0 purged; -ENOTTY for a driver without advice. */
  madvise(backend: Backend, fd: number, handle: number, advice: Advice): NegativeErrno | 0 | 1
}
