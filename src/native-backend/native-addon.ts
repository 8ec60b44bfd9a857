/**
 * Every function of the C++ addon (native/), as it exports them. The addon keeps the conventions of src/backend itself:
 * it checks arguments (TypeError), answers refused calls with a negative errno, and throws nothing else.
 */
import type { DmaHeapCalls } from '../backend/dma-heap-calls.js'
import type { DrmCalls } from '../backend/drm-calls.js'
import type { MemoryCalls } from '../backend/memory-calls.js'
import type { PanfrostCalls } from '../backend/panfrost-calls.js'

export interface NativeAddon {
  /** native/drm.cc */
  readonly drm: DrmCalls
  /** native/panfrost.cc */
  readonly panfrost: PanfrostCalls
  /** native/dma-heap.cc */
  readonly dmaHeap: DmaHeapCalls
  /**
   * native/memory.cc. `read` answers -ENOMEM too, when there is no memory for the copy; a `map` that this addon did
   * not make (or that another worker made) is a TypeError.
   */
  readonly memory: MemoryCalls
}
