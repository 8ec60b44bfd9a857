/**
 * The kernel as one process sees it: open, the ioctls, mmap. Everything above speaks to this interface alone, and
 * does not know whether the C++ addon or the simulated kernel is behind it.
 *
 * Every call is synchronous, returns a value >= 0 or an object when it worked, and a negative errno when the kernel
 * refused it. It throws a TypeError when an argument has the wrong type or does not fit the kernel's field (that is
 * a mistake of the caller's that no kernel would ever see), and nothing else.
 */
import type { DmaHeapCalls } from './dma-heap-calls.js'
import type { DrmCalls } from './drm-calls.js'
import type { MemoryCalls } from './memory-calls.js'
import type { PanfrostCalls } from './panfrost-calls.js'

export type BackendKind = 'native' | 'fake'

export interface Backend {
  readonly kind: BackendKind
  readonly drm: DrmCalls
  readonly panfrost: PanfrostCalls
  readonly dmaHeap: DmaHeapCalls
  readonly memory: MemoryCalls
}
