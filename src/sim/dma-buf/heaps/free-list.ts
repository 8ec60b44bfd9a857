/**
 * Buffers that wait to be freed, and the thread that does it: drivers/dma-buf/heaps/deferred-free-helper.c of the series
 * "Generic page pool & deferred freeing for system dmabuf heap" (RFC v6, February 2021), and the free list of
 * drivers/staging/android/ion/ion_heap.c (5.10), which that is made after. Last in, first out.
 */
import type { Kernel } from '../../kernel.js'

/** Why something is freed: enum df_reason, ION_PRIV_FLAG_SHRINKER_FREE. Under pressure it does not go to a pool. */
export type FreeReason = 'normal' | 'pressure'

interface FreeListItem {
  readonly pages: number
  /** How long the thread is busy with it. */
  readonly workNs: number
  free(reason: FreeReason): void
}

export class FreeList {
  readonly #kernel: Kernel
  readonly #items: FreeListItem[] = []
  /** What the thread has taken out of the list and not freed yet. */
  #inWork: FreeListItem | null = null

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Without what the thread works on. */
  get pages(): number {
    return this.#items.reduce((sum, item) => sum + item.pages, 0)
  }

  add(item: FreeListItem): void {
    this.#items.push(item)
    if (this.#inWork === null) this.#work(this.#kernel.taskNowNs())
  }

  /** Frees whole buffers on the spot until at least `pages` pages were freed: how many. */
  shrink(pages: number, reason: FreeReason): number {
    let freed = 0
    while (freed < pages) {
      const item = this.#items.pop()
      if (item === undefined) break
      freed += item.pages
      item.free(reason)
    }
    return freed
  }

  /** The thread, on a CPU of its own. */
  #work(nowNs: number): void {
    const item = this.#items.pop() ?? null
    this.#inWork = item
    if (item === null) return
    this.#kernel.timers.add(nowNs + item.workNs, (atNs) => {
      this.#kernel.asKernelThread(() => item.free('normal'))
      this.#work(atNs)
    })
  }
}
