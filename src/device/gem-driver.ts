/** What a DRM driver's uAPI can do with buffers, in one form for all drivers. */
import type { Backend } from '../backend/backend.js'
import type { NegativeErrno, Outcome } from '../backend/outcome.js'

export type Advice = 'willneed' | 'dontneed'

export interface BufferOptions {
  /** Whole bytes, 1 to 2^32 - 1; the kernel rounds up to pages. */
  readonly sizeBytes: number
  /** The GPU may not execute from it (PANFROST_BO_NOEXEC). */
  readonly noexec?: boolean
  /** Grows on GPU faults and cannot be mapped by the CPU (PANFROST_BO_HEAP); needs noexec. */
  readonly heap?: boolean
}

export interface GemBuffer {
  readonly handle: number
  /** Address in the GPU's address space; absent for drivers that leave it to user space. */
  readonly gpuAddress?: bigint
}

/** All calls answer as a Backend does: values, or a negative errno. */
export interface GemDriver {
  /** As DRM_IOCTL_VERSION names it. */
  readonly name: string
  /** Whether user space can mark a buffer as not needed, so that the kernel may purge it. */
  readonly purgeable: boolean
  /** The names of the requests, for error messages. */
  readonly requests: { readonly create: string; readonly mmapOffset: string; readonly madvise: string }
  create(backend: Backend, fd: number, options: BufferOptions): Outcome<GemBuffer>
  mmapOffset(backend: Backend, fd: number, handle: number): Outcome<{ readonly offset: bigint }>
  /** 1 retained, 0 purged. */
  madvise(backend: Backend, fd: number, handle: number, advice: Advice): NegativeErrno | 0 | 1
}
