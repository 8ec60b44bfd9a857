/**
 * Charging pages to cgroups: try_charge_memcg(), mm/memcontrol.c (6.12). Per-CPU stocks are not modelled, so usage
 * is exact.
 */
import type { Kernel } from '../kernel.js'
import type { Gfp } from './gfp.js'
import { type ChargedKind, MemCgroup } from './mem-cgroup.js'
import { MemcgLru } from './memcg-lru.js'
import { throttleOverHigh } from './memory-high.js'

const MAX_RECLAIM_RETRIES = 16
/** PAGE_ALLOC_COSTLY_ORDER: a charge of up to 8 pages is retried for ever while reclaim makes progress. */
const COSTLY_PAGES = 1 << 3

export class MemoryController {
  readonly #kernel: Kernel
  readonly root = new MemCgroup(null)
  /** By which MGLRU visits cgroups. */
  readonly lru: MemcgLru
  #lastIno = 1

  constructor(kernel: Kernel, random: (below: number) => number) {
    this.#kernel = kernel
    this.lru = new MemcgLru(random)
    this.lru.add(this.root)
  }

  /** css_alloc(), css_online(). */
  create(parent: MemCgroup): MemCgroup {
    const memcg = new MemCgroup(parent, ++this.#lastIno, () => this.lru.remove(memcg))
    this.lru.add(memcg)
    return memcg
  }

  /** css_offline(): the group stays as long as pages are charged to it. */
  offline(memcg: MemCgroup): void {
    this.#kernel.shrinkers.reparent(memcg)
    memcg.offline()
  }

  /**
   * Charges up to `wanted` pages (fewer when a limit is near: ask again) and counts them as `kind`. 0 when the charge
   * failed: -ENOMEM for the caller.
   */
  charge(memcg: MemCgroup, kind: ChargedKind, wanted: number, gfp: Gfp): number {
    let pages = Math.min(wanted, memcg.marginPages())
    if (pages === 0) {
      if (!this.#makeRoom(memcg, 1, gfp)) return 0
      pages = 1
    }
    memcg.addUsage(pages)
    memcg.addStat(kind, pages)
    const { current } = this.#kernel
    for (const group of memcg.upwards) {
      if (group.usagePages <= group.highPages) continue
      if (current !== null) current.task.pagesOverHigh += pages
      break
    }
    return pages
  }

  uncharge(memcg: MemCgroup, kind: ChargedKind, pages: number): void {
    memcg.addStat(kind, -pages)
    memcg.addUsage(-pages)
  }

  /** On the way back to user space: mem_cgroup_handle_over_high(). */
  handleOverHigh(): void {
    const { current } = this.#kernel
    if (current !== null && current.task.pagesOverHigh > 0) throttleOverHigh(this.#kernel, current.task)
  }

  #makeRoom(memcg: MemCgroup, pages: number, gfp: Gfp): boolean {
    const kernel = this.#kernel
    let passedOom = false
    for (let retries = MAX_RECLAIM_RETRIES; ;) {
      const overLimit = fullGroup(memcg, pages)
      if (overLimit === null) return true
      if (!gfp.directReclaim) return false
      overLimit.event('max')
      overLimit.failedCharges++
      const reclaimed = kernel.vmscan.tryToFreeMemCgroupPages(overLimit, pages)
      if (overLimit.maxPages - overLimit.usagePages >= pages) continue
      if (reclaimed > 0 && pages <= COSTLY_PAGES) continue
      if (retries-- > 0) continue
      if (gfp.retryMayfail) return false
      if (passedOom && kernel.currentIsDying()) return false
      if (!this.outOfMemory(overLimit)) return false
      passedOom = true
      retries = MAX_RECLAIM_RETRIES
    }
  }

  /** mem_cgroup_oom(): false when there is nobody left to kill. */
  outOfMemory(memcg: MemCgroup): boolean {
    memcg.event('oom')
    return this.#kernel.oom.outOfMemory(memcg)
  }
}

function fullGroup(memcg: MemCgroup, pages: number): MemCgroup | null {
  for (const group of memcg.upwards) if (group.usagePages + pages > group.maxPages) return group
  return null
}
