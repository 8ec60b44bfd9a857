/**
 * The heap of ordinary pages: drivers/dma-buf/heaps/system_heap.c (6.12). Its pages are the kernel's: charged to
 * nobody, not reclaimable, and given back when the last file and mapping are gone.
 */
import { ERRNO } from '../../backend/errno.js'
import type { Outcome } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import { GFP_HIGH_ORDER, GFP_HIGHUSER } from '../mm/gfp.js'
import { PageContents } from '../mm/page-contents.js'
import type { DmaBufMemory } from './dma-buf.js'
import { DmaHeap } from './dma-heap.js'

/** Sizes that are tried, largest first, in pages. */
const ORDER_PAGES = [256, 16, 1] as const

export function createSystemHeap(kernel: Kernel): DmaHeap {
  return new DmaHeap('system', (pages) => allocate(kernel, pages))
}

function allocate(kernel: Kernel, pages: number): Outcome<DmaBufMemory> {
  let got = 0
  let largest = 0
  while (got < pages) {
    if (kernel.currentIsDying()) {
      kernel.pages.free('dmabuf', got)
      return -ERRNO.EINTR
    }
    // The largest size that fits the rest; one that failed once is not tried again.
    while ((ORDER_PAGES[largest] ?? 1) > pages - got) largest++
    const wanted = ORDER_PAGES[largest] ?? 1
    const gfp = wanted === 1 ? GFP_HIGHUSER : GFP_HIGH_ORDER
    if (wanted > 1 && kernel.pages.freePages - wanted < kernel.pages.watermarks.minPages) {
      largest++
      continue
    }
    const granted = kernel.pages.allocate('dmabuf', wanted, gfp)
    if (granted === 0 && !kernel.currentIsDying()) {
      kernel.pages.free('dmabuf', got)
      return -ERRNO.ENOMEM
    }
    got += granted
    kernel.kswapd.runIfWoken()
  }
  const memory: DmaBufMemory = {
    contents: new PageContents(),
    pages,
    exporter: 'system',
    release: () => kernel.pages.free('dmabuf', pages),
  }
  return memory
}
