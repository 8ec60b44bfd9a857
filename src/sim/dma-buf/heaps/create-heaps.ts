/** Which heaps a simulated kernel has. */
import type { Kernel } from '../../kernel.js'
import { pagesOf } from '../../mm/page.js'
import type { DmaHeap } from '../dma-heap.js'
import { createCmaHeap } from './cma-heap.js'
import { createIonSystemHeap } from './ion-system-heap.js'
import { createPooledSystemHeap } from './pooled-system-heap.js'
import { createSystemHeap } from './system-heap.js'

/**
 * `system` and `cma`: as in 6.12. `system-pooled`: the system heap of the unmerged series of 2021, whose node is called
 * `system` unless there is a `system` besides. `ion`: ION's of 5.10, as the node `ion_system_heap`.
 */
export type HeapKind = 'system' | 'cma' | 'system-pooled' | 'ion'

export interface HeapOptions {
  /** `system` alone unless said otherwise. */
  readonly heaps?: readonly HeapKind[]
  /** page_pool_max of `system-pooled`. Half of the memory unless said otherwise. */
  readonly poolMaxBytes?: number
  /**
   * Whether pages in pools are NR_KERNEL_MISC_RECLAIMABLE, and with that part of MemAvailable: as ION and the series count
   * them. True unless said otherwise.
   */
  readonly poolsReclaimable?: boolean
  /** The size of the CMA area, which is there with `cma`. 16 MiB unless said otherwise. */
  readonly cmaBytes?: number
}

export function createHeaps(kernel: Kernel, { heaps = ['system'], poolMaxBytes }: HeapOptions): DmaHeap[] {
  const maxPoolPages =
    poolMaxBytes === undefined ? Math.floor(kernel.pages.totalPages / 2) : pagesOf(poolMaxBytes)
  const pooledName = heaps.includes('system') ? 'system-pooled' : 'system'
  return [...new Set(heaps)].flatMap((kind) => {
    if (kind === 'system') return [createSystemHeap(kernel)]
    if (kind === 'system-pooled') return [createPooledSystemHeap(kernel, pooledName, maxPoolPages)]
    if (kind === 'ion') return [createIonSystemHeap(kernel)]
    return kernel.pages.cma === null ? [] : [createCmaHeap(kernel, kernel.pages.cma)]
  })
}
