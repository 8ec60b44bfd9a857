/** memory.min and memory.low as they take effect: effective_protection(), mm/page_counter.c; mm/memcontrol.c (6.12). */
import type { MemCgroup } from './mem-cgroup.js'

/**
 * mem_cgroup_calculate_protection() of one group, as seen from the group that is reclaimed from. Parents first. The
 * hierarchy is mounted without memory_recursiveprot.
 */
export function calculateProtection(target: MemCgroup, memcg: MemCgroup): void {
  const { parent, usagePages } = memcg
  if (memcg === target || parent === null || usagePages === 0) return
  if (parent === target) {
    memcg.effectiveMin = memcg.minPages
    memcg.effectiveLow = memcg.lowPages
    return
  }
  memcg.effectiveMin = effective(memcg, parent.effectiveMin, (group) => group.minPages)
  memcg.effectiveLow = effective(memcg, parent.effectiveLow, (group) => group.lowPages)
}

/** What the siblings claim and use together is cut to what the parent has. */
function effective(memcg: MemCgroup, parentEffective: number, setting: (group: MemCgroup) => number): number {
  const claimed = (group: MemCgroup): number => Math.min(group.usagePages, setting(group))
  let siblings = 0
  for (const sibling of memcg.parent?.children ?? []) siblings += claimed(sibling)
  if (siblings <= parentEffective) return claimed(memcg)
  return Math.floor((claimed(memcg) * parentEffective) / siblings)
}

/** Hard protection: its pages are not touched. */
export function isBelowMin(target: MemCgroup, memcg: MemCgroup): boolean {
  return !memcg.isRoot && memcg !== target && memcg.effectiveMin >= memcg.usagePages
}

/** Soft protection: its pages are touched only when others bring too little. */
export function isBelowLow(target: MemCgroup, memcg: MemCgroup): boolean {
  return !memcg.isRoot && memcg !== target && memcg.effectiveLow >= memcg.usagePages
}
