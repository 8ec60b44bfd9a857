/**
 * Page reclaim: the page cache and the shrinkers, pass by pass with falling priority. shrink_node(),
 * do_try_to_free_pages(), try_to_free_mem_cgroup_pages(), mm/vmscan.c (6.12).
 *
 * The classic lists are modelled (lru_gen disabled), all page cache is clean and inactive, and there is no swap: so
 * anonymous pages are not scanned, and pages that a driver holds are unevictable.
 */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import type { MemCgroup } from './mem-cgroup.js'

export const DEF_PRIORITY = 12
const SWAP_CLUSTER_MAX = 32

/** struct scan_control, and what it has come to so far. */
export interface ScanControl {
  /** The cgroup whose pages are wanted; null for pressure on the machine. */
  readonly target: MemCgroup | null
  readonly isKswapd: boolean
  readonly nrToReclaim: number
  priority: number
  nrScanned: number
  /** Pages of the page cache. What shrinkers freed is not in it, as their pages are no slab pages. */
  nrReclaimed: number
}

export class Vmscan {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Direct reclaim because the machine is short: pages reclaimed. */
  tryToFreePages(): number {
    this.#kernel.events.add('allocstall_normal')
    return this.#tryToFree(null, SWAP_CLUSTER_MAX)
  }

  /** Reclaim for a limit, or for a write to memory.reclaim: pages reclaimed. */
  tryToFreeMemCgroupPages(memcg: MemCgroup, pages: number): number {
    return this.#tryToFree(memcg, Math.max(pages, SWAP_CLUSTER_MAX))
  }

  /** One pass over all cgroups below the target, and their shrinkers. */
  shrinkNode(control: ScanControl): void {
    const kernel = this.#kernel
    kernel.spend(COST_NS.reclaimPass)
    const before = control.nrReclaimed
    for (const memcg of (control.target ?? kernel.memcg.root).tree()) {
      this.#shrinkLruvec(memcg, control)
      kernel.shrinkers.shrinkSlab(memcg, control.priority)
      if (!control.isKswapd && control.nrReclaimed >= control.nrToReclaim) break
    }
    if (control.nrReclaimed > before) kernel.kswapd.resetFailures()
  }

  #tryToFree(target: MemCgroup | null, nrToReclaim: number): number {
    const control: ScanControl = {
      target,
      isKswapd: false,
      nrToReclaim,
      priority: DEF_PRIORITY,
      nrScanned: 0,
      nrReclaimed: 0,
    }
    this.#kernel.memstall(() => {
      for (; control.priority >= 0; control.priority--) {
        this.shrinkNode(control)
        if (control.nrReclaimed >= nrToReclaim) break
      }
    })
    return control.nrReclaimed
  }

  #shrinkLruvec(memcg: MemCgroup, control: ScanControl): void {
    const kernel = this.#kernel
    const size = memcg.fileLruPages
    let scan = Math.floor(size / 2 ** control.priority)
    // A group that is being removed gives up its last pages at any priority.
    if (scan === 0 && !memcg.online) scan = Math.min(size, SWAP_CLUSTER_MAX)
    let reclaimed = 0
    while (reclaimed < scan && reclaimed < control.nrToReclaim) {
      const batch = Math.min(SWAP_CLUSTER_MAX, scan - reclaimed)
      kernel.pageCache.evict(memcg, batch)
      reclaimed += batch
    }
    control.nrScanned += reclaimed
    control.nrReclaimed += reclaimed
    kernel.spend(reclaimed * COST_NS.reclaimPage)
    for (const group of memcg.upwards) {
      group.pgscan += reclaimed
      group.pgsteal += reclaimed
    }
    // /proc/vmstat tells kswapd and direct reclaim of the machine only; the _file counters tell all.
    if (control.target === null) {
      kernel.events.add(control.isKswapd ? 'pgscan_kswapd' : 'pgscan_direct', reclaimed)
      kernel.events.add(control.isKswapd ? 'pgsteal_kswapd' : 'pgsteal_direct', reclaimed)
    }
    kernel.events.add('pgscan_file', reclaimed)
    kernel.events.add('pgsteal_file', reclaimed)
  }
}
