/**
 * What all TTM devices of the machine share: ttm_global_init(), ttm_global_swapout(), ttm_device.c; the limits of
 * ttm_tt.c; drivers/gpu/drm/ttm (6.12). A machine has it from its first TTM device on.
 */
import type { Kernel } from '../../kernel.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { TtmBdev } from './ttm-device.js'
import { TtmPoolManager } from './ttm-pool-manager.js'

/** Memory that TTM takes for reachable with 32 bits, at most: 2 GiB in pages. */
const MAX_DMA32_PAGES = 2 ** (31 - 12)

export class TtmGlobal {
  readonly kernel: Kernel
  readonly pools: TtmPoolManager
  /** Of buffers that are not EXTERNAL, populated ones. */
  pagesAllocated = 0
  dma32PagesAllocated = 0
  /** pages_limit, dma32_pages_limit: above, populating a buffer swaps others out. Half of the memory; all below 2 GiB. */
  pagesLimit: number
  dma32PagesLimit: number
  /** Live buffer objects of all devices. */
  bufferObjects = 0
  readonly #devices: TtmBdev[] = []

  constructor(kernel: Kernel, isX86: boolean) {
    this.kernel = kernel
    const { totalPages } = kernel.pages
    this.pagesLimit = Math.floor(totalPages / 2)
    this.dma32PagesLimit = Math.min(totalPages, MAX_DMA32_PAGES)
    this.pools = new TtmPoolManager(kernel, this.pagesLimit, isX86)
  }

  addDevice(bdev: TtmBdev): void {
    this.#devices.push(bdev)
  }

  get isOverLimit(): boolean {
    return this.pagesAllocated > this.pagesLimit || this.dma32PagesAllocated > this.dma32PagesLimit
  }

  /** One buffer, of the device whose turn it is: its pages; 0 when none can go; a negative errno. */
  swapout(): number {
    return runToCompletion(this.swapoutPath())
  }

  *swapoutPath(): Path<number> {
    let result = 0
    for (const bdev of this.#devices) {
      result = yield* bdev.swapout()
      if (result <= 0) continue
      this.#devices.splice(this.#devices.indexOf(bdev), 1)
      this.#devices.push(bdev)
      break
    }
    return result
  }
}
