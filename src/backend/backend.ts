/**
 * The kernel as one process sees it: open, the ioctls, mmap. Everything above speaks to this interface alone, and
 * does not know whether the C++ addon or the simulated kernel is behind it.
 *
 * Every call is synchronous (except those of `blocking` and `program`), returns a value >= 0 or an object when it
 * worked, and a negative errno when the kernel refused it. It throws a TypeError when an argument has the wrong type or
 * does not fit the kernel's field (that is a mistake of the caller's that no kernel would ever see), and nothing else.
 */
import type { BatchCalls } from './batch-calls.js'
import type { BlockingCalls } from './blocking-calls.js'
import type { DmaBufCalls } from './dma-buf-calls.js'
import type { DmaHeapCalls } from './dma-heap-calls.js'
import type { DrmCalls } from './drm-calls.js'
import type { FdinfoCalls } from './fdinfo-calls.js'
import type { I915Calls } from './i915-calls.js'
import type { MemoryCalls } from './memory-calls.js'
import type { MsmCalls } from './msm-calls.js'
import type { PanfrostCalls } from './panfrost-calls.js'
import type { PanthorCalls } from './panthor-calls.js'
import type { ProgramCalls } from './program-calls.js'
import type { SyncFileCalls } from './sync-file-calls.js'
import type { SyncobjCalls } from './syncobj-calls.js'
import type { UdmabufCalls } from './udmabuf-calls.js'
import type { Vc4Calls } from './vc4-calls.js'
import type { VgemCalls } from './vgem-calls.js'

export type BackendKind = 'native' | 'fake'

/** One group of calls for each interface of the kernel. */
export interface KernelCalls {
  readonly drm: DrmCalls
  readonly syncobj: SyncobjCalls
  readonly syncFile: SyncFileCalls
  readonly panfrost: PanfrostCalls
  readonly panthor: PanthorCalls
  readonly i915: I915Calls
  readonly msm: MsmCalls
  readonly vc4: Vc4Calls
  readonly vgem: VgemCalls
  readonly dmaHeap: DmaHeapCalls
  readonly dmaBuf: DmaBufCalls
  readonly udmabuf: UdmabufCalls
  readonly fdinfo: FdinfoCalls
  readonly memory: MemoryCalls
  readonly batch: BatchCalls
  readonly blocking: BlockingCalls
  readonly program: ProgramCalls
}

export interface Backend extends KernelCalls {
  readonly kind: BackendKind
}
