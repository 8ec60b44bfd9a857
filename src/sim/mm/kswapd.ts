/**
 * The kernel thread that keeps memory free: wakeup_kswapd(), balance_pgdat(), mm/vmscan.c (6.12).
 *
 * It runs on a CPU of its own: whoever woke it goes on after its current batch of pages, and finds the work done.
 */
import type { Kernel } from '../kernel.js'
import { DEF_PRIORITY, type ScanControl } from './vmscan.js'

/** MAX_RECLAIM_RETRIES: after so many runs that reclaimed no page, direct reclaim is on its own. */
const MAX_FAILURES = 16

export class Kswapd {
  readonly #kernel: Kernel
  #woken = false
  #failures = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  wake(): void {
    if (this.#failures < MAX_FAILURES) this.#woken = true
  }

  /** Somebody reclaimed pages: there is hope again. */
  resetFailures(): void {
    this.#failures = 0
  }

  /** Runs if it was woken. Its time is not the caller's. */
  runIfWoken(): void {
    if (!this.#woken) return
    this.#woken = false
    this.#kernel.asKernelThread(() => this.#balance())
  }

  #balance(): void {
    const kernel = this.#kernel
    kernel.events.add('pageoutrun')
    const { highPages } = kernel.pages.watermarks
    const control: ScanControl = {
      target: null,
      isKswapd: true,
      nrToReclaim: Math.max(highPages, 32),
      priority: DEF_PRIORITY,
      nrScanned: 0,
      nrReclaimed: 0,
    }
    while (control.priority >= 1) {
      if (kernel.pages.freePages > highPages) {
        if (control.priority === DEF_PRIORITY) kernel.events.add('kswapd_high_wmark_hit_quickly')
        return
      }
      const { nrScanned, nrReclaimed } = control
      kernel.vmscan.shrinkNode(control)
      const scannedEnough = control.nrScanned - nrScanned >= control.nrToReclaim
      if (!scannedEnough || control.nrReclaimed === nrReclaimed) control.priority--
    }
    if (control.nrReclaimed === 0) this.#failures++
  }
}
