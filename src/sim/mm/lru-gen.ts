/**
 * Reclaim from the machine by the multi-generational lists: lru_gen_shrink_node(), shrink_many(), shrink_one(),
 * set_initial_priority(), mm/vmscan.c (6.12).
 *
 * Generations of pages are not modelled, only those of cgroups: shrinkers that know nothing of cgroups run when the
 * root is visited, which happens at irregular times.
 */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import type { MemCgroup } from './mem-cgroup.js'
import { calculateProtection, isBelowLow, isBelowMin } from './memcg-protection.js'
import type { Rotation } from './memcg-lru.js'
import { DEF_PRIORITY, isRootReclaim, type ScanControl } from './scan-control.js'
import { canReclaimAnon } from './scan-count.js'
import { shrinkAnon, shrinkFile } from './shrink-list.js'

const MAX_SWAPPINESS = 200
/** MIN_LRU_BATCH, MAX_LRU_BATCH: BITS_PER_LONG, and as many for each. */
const BATCH = 64

export function lruGenShrinkNode(kernel: Kernel, control: ScanControl): void {
  const { root } = kernel.memcg
  setInitialPriority(kernel, control)
  const before = control.nrReclaimed
  if (control.isKswapd) control.nrReclaimed = 0
  for (const memcg of root.tree()) calculateProtection(root, memcg)
  for (const memcg of kernel.memcg.lru.oldest()) {
    kernel.memcg.lru.rotate(memcg, shrinkOne(kernel, memcg, control))
    if (shouldAbort(kernel, control)) break
  }
  if (control.isKswapd) control.nrReclaimed += before
}

/** A group's share by the lists' sizes; for a cgroup's limit, called group by group. Whether it is to be rotated. */
export function lruGenShrinkLruvec(kernel: Kernel, memcg: MemCgroup, control: ScanControl): void {
  const swappiness = control.swappiness ?? kernel.sysctl.swappiness
  const canSwap = swappiness > 0 && canReclaimAnon(kernel, memcg)
  const total = memcg.fileLruPages + (canSwap ? memcg.anonLruPages : 0)
  const wanted = memcg.online ? Math.floor(total / 2 ** control.priority) : total
  for (let scanned = 0; scanned < wanted;) {
    const before = control.nrScanned
    const batch = Math.min(BATCH, wanted - scanned)
    // Without refaults page cache goes first, but for the highest swappiness.
    const anonFirst = canSwap && swappiness === MAX_SWAPPINESS && memcg.anonLruPages > 0
    if (anonFirst || memcg.fileLruPages === 0) shrinkAnon(kernel, memcg, control, batch)
    else shrinkFile(kernel, memcg, control, batch)
    if (control.nrScanned === before) return
    scanned += control.nrScanned - before
    if (shouldAbort(kernel, control)) return
  }
}

function shrinkOne(kernel: Kernel, memcg: MemCgroup, control: ScanControl): Rotation {
  const { lru, root } = kernel.memcg
  if (isBelowMin(root, memcg)) return 'young'
  if (isBelowLow(root, memcg)) {
    if (!lru.isTail(memcg)) return 'tail'
    memcg.event('low')
  }
  kernel.spend(COST_NS.reclaimPass)
  lruGenShrinkLruvec(kernel, memcg, control)
  kernel.shrinkers.shrinkSlab(memcg, control.priority)
  const total = memcg.fileLruPages + (canReclaimAnon(kernel, memcg) ? memcg.anonLruPages : 0)
  if (memcg.online ? Math.floor(total / 2 ** control.priority) > 0 : total > 0) return null
  return lru.isTail(memcg) ? 'young' : 'tail'
}

function shouldAbort(kernel: Kernel, control: ScanControl): boolean {
  if (!isRootReclaim(control)) return false
  if (control.nrReclaimed >= control.nrToReclaim) return true
  const { pages } = kernel
  return control.isKswapd && pages.freePages > pages.watermarks.highPages + BATCH
}

/** Big requests begin at a priority that could satisfy them, by the pages of the lists alone. */
function setInitialPriority(kernel: Kernel, control: ScanControl): void {
  if (control.priority !== DEF_PRIORITY || control.nrToReclaim < BATCH) return
  const { root } = kernel.memcg
  const reclaimable = root.stat.file + (canReclaimAnon(kernel, null) ? root.inactiveAnonPages : 0)
  const bits = (value: number): number => (value > 0 ? Math.floor(Math.log2(value)) + 1 : 0)
  const priority = bits(reclaimable) - 1 - bits(control.nrToReclaim - 1)
  control.priority = Math.min(DEF_PRIORITY, Math.max(DEF_PRIORITY / 2, priority))
}
