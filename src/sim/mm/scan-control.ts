/** What a reclaim wants and what it has come to so far: struct scan_control, mm/vmscan.c (6.12). */
import type { MemCgroup } from './mem-cgroup.js'

export const DEF_PRIORITY = 12
export const SWAP_CLUSTER_MAX = 32

export interface ScanControl {
  /** target_mem_cgroup: the cgroup whose pages are wanted; null for pressure on the machine. */
  readonly target: MemCgroup | null
  readonly isKswapd: boolean
  nrToReclaim: number
  /** What memory.reclaim said; null: vm.swappiness. */
  readonly swappiness: number | null
  priority: number
  nrScanned: number
  /** Pages of the page lists. What shrinkers freed is not in it, as their pages are no slab pages. */
  nrReclaimed: number
  /** Walk the whole tree of cgroups, rather than go on where the last walk ended. */
  fullWalk: boolean
  /** memory.low does not hold any more. */
  lowReclaim: boolean
  lowSkipped: boolean
  noCacheTrimMode: boolean
  cacheTrimModeFailed: boolean
}

export function scanControl(
  wanted: Pick<ScanControl, 'target' | 'isKswapd' | 'nrToReclaim'> & Partial<ScanControl>,
): ScanControl {
  return {
    swappiness: null,
    priority: DEF_PRIORITY,
    nrScanned: 0,
    nrReclaimed: 0,
    fullWalk: false,
    lowReclaim: false,
    lowSkipped: false,
    noCacheTrimMode: false,
    cacheTrimModeFailed: false,
    ...wanted,
  }
}

/** root_reclaim(): the whole machine is reclaimed from, also when the root's memory.reclaim wants it. */
export function isRootReclaim({ target }: ScanControl): boolean {
  return target === null || target.isRoot
}
