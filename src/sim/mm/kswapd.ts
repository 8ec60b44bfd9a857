/**
 * The kernel thread that keeps memory free: wakeup_kswapd(), kswapd(), balance_pgdat(), mm/vmscan.c (6.12).
 *
 * It runs on a CPU of its own: whoever woke it goes on after its current batch of pages, and finds the work done.
 */
import type { Kernel } from '../kernel.js'
import { DEF_PRIORITY, type ScanControl, scanControl, SWAP_CLUSTER_MAX } from './scan-control.js'

/** MAX_RECLAIM_RETRIES: after so many runs that reclaimed no page, direct reclaim is on its own. */
const MAX_FAILURES = 16

export class Kswapd {
  readonly #kernel: Kernel
  #woken = false
  #failures = 0
  #running = false

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Runs that reclaimed nothing, since somebody reclaimed something. */
  get failures(): number {
    return this.#failures
  }

  /** current_is_kswapd(): it is what runs now. */
  get isRunning(): boolean {
    return this.#running
  }

  wake(): void {
    if (this.#failures < MAX_FAILURES) this.#woken = true
  }

  /** Somebody reclaimed pages: there is hope again. */
  resetFailures(): void {
    this.#failures = 0
  }

  /** Runs if it was woken, until memory is balanced or there is no hope. Its time is not the caller's. */
  runIfWoken(): void {
    if (!this.#woken) return
    this.#woken = false
    this.#running = true
    this.#kernel.asKernelThread(() => {
      do this.#balance()
      while (!this.#isBalanced() && this.#failures < MAX_FAILURES)
    })
    this.#running = false
  }

  #isBalanced(): boolean {
    const { pages } = this.#kernel
    return pages.unmovableFreePages > pages.watermarks.highPages
  }

  #balance(): void {
    const kernel = this.#kernel
    kernel.events.add('pageoutrun')
    const nrToReclaim = Math.max(kernel.pages.watermarks.highPages, SWAP_CLUSTER_MAX)
    const control = scanControl({ target: null, isKswapd: true, nrToReclaim })
    for (;;) {
      if (this.#fallThroughPriorities(control)) return
      // All the way down in vain, because only page cache was looked at: now anonymous pages as well.
      if (control.nrReclaimed > 0 || control.noCacheTrimMode || !control.cacheTrimModeFailed) break
      control.noCacheTrimMode = true
    }
    if (control.nrReclaimed === 0) this.#failures++
  }

  /** From 12 to 1. True when memory is balanced before the end. */
  #fallThroughPriorities(control: ScanControl): boolean {
    control.priority = DEF_PRIORITY
    while (control.priority >= 1) {
      if (this.#isBalanced()) return true
      const before = control.nrReclaimed
      control.nrScanned = 0
      this.#kernel.vmscan.shrinkNode(control)
      const reclaimed = control.nrReclaimed - before
      const wasEnough = Math.max(control.nrScanned, reclaimed) >= control.nrToReclaim
      if (!wasEnough || reclaimed === 0) control.priority--
    }
    return false
  }
}
