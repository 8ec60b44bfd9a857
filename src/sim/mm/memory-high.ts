/**
 * What happens to a task whose cgroup is above memory.high: reclaim, then sleep in proportion to the excess.
 * reclaim_high(), calculate_high_delay(), __mem_cgroup_handle_over_high(), mm/memcontrol.c (6.12).
 */
import type { Kernel } from '../kernel.js'
import type { SimTask } from '../process/task-struct.js'
import type { MemCgroup } from './mem-cgroup.js'

const MAX_RECLAIM_RETRIES = 16
const SWAP_CLUSTER_MAX = 32
const MEMCG_CHARGE_BATCH = 64
/** MEMCG_MAX_HIGH_DELAY_JIFFIES. */
const MAX_DELAY_NS = 2_000_000_000
/** Shorter ones are not worth it: a hundredth of a second. */
const MIN_DELAY_NS = 10_000_000
/** MEMCG_DELAY_PRECISION_SHIFT 20, MEMCG_DELAY_SCALING_SHIFT 14. */
const PRECISION = 2 ** 20
const SCALING = 2 ** 14

export function throttleOverHigh(kernel: Kernel, task: SimTask): void {
  const pages = task.pagesOverHigh
  task.pagesOverHigh = 0
  const memcg = task.cgroup.effectiveMemcg()
  for (let retries = MAX_RECLAIM_RETRIES, first = true; ; first = false) {
    if (task.dying) return
    const reclaimed = reclaimHigh(kernel, memcg, first ? pages : SWAP_CLUSTER_MAX)
    const delayNs = highDelayNs(memcg, pages)
    if (delayNs <= MIN_DELAY_NS) return
    if (reclaimed > 0 || retries-- > 0) continue
    kernel.stall(delayNs)
    return
  }
}

function reclaimHigh(kernel: Kernel, memcg: MemCgroup, pages: number): number {
  let reclaimed = 0
  for (const group of memcg.upwards) {
    if (group.usagePages <= group.highPages) continue
    group.event('high')
    reclaimed += kernel.vmscan.tryToFreeMemCgroupPages(group, pages)
  }
  return reclaimed
}

function highDelayNs(memcg: MemCgroup, pages: number): number {
  let overage = 0
  for (const group of memcg.upwards) {
    if (group.usagePages <= group.highPages) continue
    const high = Math.max(group.highPages, 1)
    overage = Math.max(overage, Math.floor(((group.usagePages - high) * PRECISION) / high))
  }
  const delaySeconds = (overage * overage) / PRECISION / SCALING
  return Math.min(MAX_DELAY_NS, (delaySeconds * 1e9 * pages) / MEMCG_CHARGE_BATCH)
}
