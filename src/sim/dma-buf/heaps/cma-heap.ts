/** The heap of buffers that are contiguous: drivers/dma-buf/heaps/cma_heap.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import { COST_NS } from '../../costs.js'
import type { Kernel } from '../../kernel.js'
import type { CmaArea } from '../../mm/cma.js'
import { PageContents } from '../../mm/page-contents.js'
import { DmaHeap } from '../dma-heap.js'

/** CONFIG_CMA_ALIGNMENT, as Debian has it: an order. */
const CMA_ALIGNMENT = 8

export function createCmaHeap(kernel: Kernel, area: CmaArea): DmaHeap {
  return new DmaHeap(kernel, area.name, (pages) => {
    const start = area.alloc(pages, Math.min(Math.ceil(Math.log2(pages)), CMA_ALIGNMENT))
    if (start === undefined) return -ERRNO.ENOMEM
    kernel.spend(pages * COST_NS.zeroPage)
    return {
      contents: new PageContents(),
      pages,
      exporter: area.name,
      release: () => area.release(start, pages),
    }
  })
}
