/**
 * Page reclaim: the page lists and the shrinkers, pass by pass with falling priority. shrink_node(),
 * do_try_to_free_pages(), try_to_free_mem_cgroup_pages(), __node_reclaim(), mm/vmscan.c (6.12).
 *
 * Pages have no age: none is referenced, dirty or mapped by another. Pages that a driver holds are unevictable.
 */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import { lruGenShrinkLruvec, lruGenShrinkNode } from './lru-gen.js'
import type { MemCgroup } from './mem-cgroup.js'
import { calculateProtection, isBelowLow, isBelowMin } from './memcg-protection.js'
import { isRootReclaim, type ScanControl, scanControl, SWAP_CLUSTER_MAX } from './scan-control.js'
import { canReclaimAnon, getScanCount, prepareScanControl, type ScanBalance } from './scan-count.js'
import { shrinkLists } from './shrink-list.js'

/** NODE_RECLAIM_PRIORITY: a sixteenth of the node. */
const NODE_RECLAIM_PRIORITY = 4

export class Vmscan {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** zone_reclaimable_pages(). */
  reclaimablePages(): number {
    const { root } = this.#kernel.memcg
    return root.stat.file + (canReclaimAnon(this.#kernel, null) ? root.inactiveAnonPages : 0)
  }

  /** Direct reclaim because the machine is short: pages reclaimed. */
  tryToFreePages(): number {
    return this.#tryToFree(scanControl({ target: null, isKswapd: false, nrToReclaim: SWAP_CLUSTER_MAX }))
  }

  /** Reclaim for a limit, or for a write to memory.reclaim, which may name a swappiness: pages reclaimed. */
  tryToFreeMemCgroupPages(target: MemCgroup, pages: number, swappiness: number | null = null): number {
    const nrToReclaim = Math.max(pages, SWAP_CLUSTER_MAX)
    return this.#tryToFree(scanControl({ target, isKswapd: false, nrToReclaim, swappiness }))
  }

  /**
   * node_reclaim(): while the page cache is above vm.min_unmapped_ratio (no reclaimable slab is modelled, so the second
   * gate is always shut). Pages reclaimed; -1 when the gate was shut.
   */
  nodeReclaim(pages: number, priority = NODE_RECLAIM_PRIORITY, swappiness: number | null = null): number {
    const { minUnmappedPages } = this.#kernel.sysctl
    if (this.#kernel.pages.used('file') <= minUnmappedPages) return -1
    const nrToReclaim = Math.max(pages, SWAP_CLUSTER_MAX)
    const control = scanControl({ target: null, isKswapd: false, nrToReclaim, priority, swappiness })
    this.#kernel.memstall(() => {
      do this.shrinkNode(control)
      while (control.nrReclaimed < pages && --control.priority >= 0)
    })
    return control.nrReclaimed
  }

  /** One pass over the cgroups below the target, and their shrinkers. */
  shrinkNode(control: ScanControl): void {
    const kernel = this.#kernel
    kernel.spend(COST_NS.reclaimPass)
    const before = control.nrReclaimed
    if (kernel.sysctl.lruGenEnabled && isRootReclaim(control)) {
      lruGenShrinkNode(kernel, control)
      if (control.nrReclaimed > before) kernel.kswapd.resetFailures()
      return
    }
    const balance = prepareScanControl(kernel, control)
    this.#shrinkMemcgs(control, balance)
    if (control.nrReclaimed > before) kernel.kswapd.resetFailures()
    else if (balance.cacheTrimMode) control.cacheTrimModeFailed = true
  }

  #tryToFree(control: ScanControl): number {
    const kernel = this.#kernel
    const firstPriority = control.priority
    kernel.memstall(() => {
      for (;;) {
        if (control.target === null) kernel.events.add('allocstall_normal')
        for (control.priority = firstPriority; control.priority >= 0; control.priority--) {
          control.nrScanned = 0
          this.shrinkNode(control)
          if (control.nrReclaimed >= control.nrToReclaim) break
        }
        if (control.nrReclaimed > 0) return
        // Once more, with less consideration for others.
        if (!control.fullWalk) control.fullWalk = true
        else if (control.lowSkipped) {
          control.lowReclaim = true
          control.lowSkipped = false
        } else return
      }
    })
    return control.nrReclaimed
  }

  #shrinkMemcgs(control: ScanControl, balance: ScanBalance): void {
    const kernel = this.#kernel
    const target = control.target ?? kernel.memcg.root
    const isPartial = !control.isKswapd && !control.fullWalk
    for (const memcg of isPartial ? restOfWalk(target) : target.tree()) {
      if (isPartial) target.walkPosition = memcg
      calculateProtection(target, memcg)
      if (isBelowMin(target, memcg)) continue
      if (isBelowLow(target, memcg)) {
        if (!control.lowReclaim) {
          control.lowSkipped = true
          continue
        }
        memcg.event('low')
      }
      if (kernel.sysctl.lruGenEnabled) lruGenShrinkLruvec(kernel, memcg, control)
      else shrinkLists(kernel, memcg, control, getScanCount(kernel, memcg, control, balance))
      kernel.shrinkers.shrinkSlab(memcg, control.priority)
      if (isPartial && control.nrReclaimed >= control.nrToReclaim) return
    }
    if (isPartial) target.walkPosition = null
  }
}

/** mem_cgroup_iter() with a cookie: what is left of the last walk, or a whole one when nothing is. */
function restOfWalk(target: MemCgroup): MemCgroup[] {
  const all = [...target.tree()]
  const rest = target.walkPosition === null ? all : all.slice(all.indexOf(target.walkPosition) + 1)
  return rest.length > 0 ? rest : all
}
