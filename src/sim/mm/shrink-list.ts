/** Takes pages off the lists of one cgroup: shrink_inactive_list(), shrink_folio_list(), mm/vmscan.c (6.12). */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import type { MemCgroup } from './mem-cgroup.js'
import { type ScanControl, SWAP_CLUSTER_MAX } from './scan-control.js'
import type { ScanCount } from './scan-count.js'

/** Batches of both lists in turn, until enough was scanned or reclaimed. */
export function shrinkLists(kernel: Kernel, memcg: MemCgroup, control: ScanControl, count: ScanCount): void {
  let { anon, file } = count
  while (anon > 0 || file > 0) {
    if (anon > 0) shrinkAnon(kernel, memcg, control, Math.min(anon, SWAP_CLUSTER_MAX))
    if (file > 0) shrinkFile(kernel, memcg, control, Math.min(file, SWAP_CLUSTER_MAX))
    anon = Math.max(0, anon - SWAP_CLUSTER_MAX)
    file = Math.max(0, file - SWAP_CLUSTER_MAX)
    if (control.nrReclaimed >= control.nrToReclaim) return
  }
}

/** All page cache is clean, unmapped and not referenced. Pages reclaimed. */
export function shrinkFile(kernel: Kernel, memcg: MemCgroup, control: ScanControl, pages: number): number {
  const reclaimed = Math.min(pages, memcg.fileLruPages)
  kernel.pageCache.evict(memcg, reclaimed)
  account(kernel, memcg, control, 'file', reclaimed, reclaimed)
  return reclaimed
}

/** Swaps out; pages for which there is no slot were scanned in vain. */
export function shrinkAnon(kernel: Kernel, memcg: MemCgroup, control: ScanControl, pages: number): number {
  const scanned = Math.min(pages, memcg.anonLruPages)
  let reclaimed = 0
  for (const owner of memcg.anonLru) {
    if (reclaimed >= scanned) break
    const swapped = owner.swapOut(memcg, scanned - reclaimed)
    reclaimed += swapped
    if (swapped === 0) break
  }
  account(kernel, memcg, control, 'anon', scanned, reclaimed)
  return reclaimed
}

function account(
  kernel: Kernel,
  memcg: MemCgroup,
  control: ScanControl,
  kind: 'anon' | 'file',
  scanned: number,
  reclaimed: number,
): void {
  control.nrScanned += scanned
  control.nrReclaimed += reclaimed
  kernel.spend(scanned * COST_NS.reclaimPage)
  const by = control.isKswapd ? 'kswapd' : 'direct'
  for (const group of memcg.upwards) {
    group.scans[by] += scanned
    group.steals[by] += reclaimed
  }
  // /proc/vmstat tells kswapd and direct reclaim of the machine only; the counters by kind tell all.
  if (control.target === null) {
    kernel.events.add(`pgscan_${by}`, scanned)
    kernel.events.add(`pgsteal_${by}`, reclaimed)
  }
  kernel.events.add(`pgscan_${kind}`, scanned)
  kernel.events.add(`pgsteal_${kind}`, reclaimed)
}
