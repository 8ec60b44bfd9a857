/** One memory cgroup: its counters, limits and statistics. struct mem_cgroup, mm/memcontrol.c (6.12, v2 semantics). */
import type { SwapOwner } from './swap.js'

export const MEMCG_EVENTS = ['low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill'] as const
type MemcgEvent = (typeof MEMCG_EVENTS)[number]

/** Kinds of pages that memory.stat counts. */
export type ChargedKind = 'anon' | 'shmem' | 'file' | 'kernel'

type EventCounts = Record<MemcgEvent, number>
const noEvents = (): EventCounts => ({ low: 0, high: 0, max: 0, oom: 0, oom_kill: 0, oom_group_kill: 0 })

export class MemCgroup {
  readonly parent: MemCgroup | null
  /** mem_cgroup_ino(): 1 is the root. */
  readonly ino: number
  /** This group, its parent..., the root. */
  readonly upwards: readonly MemCgroup[]
  readonly children = new Set<MemCgroup>()
  /** memory.max and memory.high in pages; Infinity is "max". */
  maxPages = Infinity
  highPages = Infinity
  /** memory.min and memory.low in pages, and as the last reclaim that came by saw them. */
  minPages = 0
  lowPages = 0
  effectiveMin = 0
  effectiveLow = 0
  /** memory.swap.max and memory.swap.high in pages. */
  swapMaxPages = Infinity
  swapHighPages = Infinity
  oomGroup = false
  /** Charged pages of this group and of all below it. */
  usagePages = 0
  peakPages = 0
  /** Charges that did not fit: failcnt of the page counter. */
  failedCharges = 0
  /** Swapped-out pages of this group and of all below it. */
  swapPages = 0
  swapPeakPages = 0
  readonly swapEvents = { high: 0, max: 0, fail: 0 }
  /** Pages by kind, of this group and of all below it. */
  readonly stat: Record<ChargedKind, number> = { anon: 0, shmem: 0, file: 0, kernel: 0 }
  /** Page cache of this very group: what reclaim walks. */
  fileLruPages = 0
  /** Anonymous and shmem pages of this very group that can be swapped out, and whose they are. */
  anonLruPages = 0
  readonly anonLru = new Set<SwapOwner>()
  /** The same count, of this group and of all below it. */
  inactiveAnonPages = 0
  /** Where direct reclaim stopped on its last walk of this tree: mem_cgroup_reclaim_iter. */
  walkPosition: MemCgroup | null = null
  readonly events = noEvents()
  readonly eventsLocal = noEvents()
  readonly scans = { kswapd: 0, direct: 0 }
  readonly steals = { kswapd: 0, direct: 0 }
  /** False after rmdir, or after the controller was disabled: the group stays only as long as pages are charged to it. */
  online = true

  readonly #onFree: () => void

  /** `onFree` is called when the group is gone for good. */
  constructor(
    parent: MemCgroup | null,
    ino = 1,
    onFree = (): void => {
      // The root stays.
    },
  ) {
    this.parent = parent
    this.ino = ino
    this.#onFree = onFree
    this.upwards = [this, ...(parent?.upwards ?? [])]
    parent?.children.add(this)
  }

  get isRoot(): boolean {
    return this.parent === null
  }

  /** This group and all below it, parents first: mem_cgroup_iter(). */
  *tree(): Generator<MemCgroup> {
    yield this
    for (const child of this.children) yield* child.tree()
  }

  isWithin(ancestor: MemCgroup): boolean {
    return this.upwards.includes(ancestor)
  }

  /** memcg_memory_event(): in this group's own file, and in those of all above it but the root. */
  event(event: MemcgEvent): void {
    this.eventsLocal[event]++
    for (const group of this.upwards) if (!group.isRoot) group.events[event]++
  }

  /** How many pages can still be charged before a limit is reached, here or above. */
  marginPages(): number {
    let margin = Infinity
    for (const group of this.upwards) margin = Math.min(margin, group.maxPages - group.usagePages)
    return Math.max(0, margin)
  }

  addUsage(pages: number): void {
    for (const group of this.upwards) {
      group.usagePages += pages
      group.peakPages = Math.max(group.peakPages, group.usagePages)
      if (group.usagePages < 0) throw new Error('page_counter underflow: more pages uncharged than charged')
    }
    this.#releaseWhenUnused()
  }

  addSwap(pages: number): void {
    for (const group of this.upwards) {
      group.swapPages += pages
      group.swapPeakPages = Math.max(group.swapPeakPages, group.swapPages)
    }
    this.#releaseWhenUnused()
  }

  /** A page found no room below memory.swap.max. */
  swapFailed(): void {
    for (const group of this.upwards) {
      if (group.isRoot) continue
      group.swapEvents.max++
      group.swapEvents.fail++
    }
  }

  /** So many more pages of `owner` can be swapped out, or so many fewer. */
  addEvictable(owner: SwapOwner, pages: number): void {
    this.anonLruPages += pages
    if (pages > 0) this.anonLru.add(owner)
    for (const group of this.upwards) group.inactiveAnonPages += pages
  }

  addStat(kind: ChargedKind, pages: number): void {
    if (kind === 'file') this.fileLruPages += pages
    for (const group of this.upwards) group.stat[kind] += pages
  }

  /** css_offline() and, when nothing is charged any more, css_free(). */
  offline(): void {
    this.online = false
    this.#releaseWhenUnused()
  }

  #releaseWhenUnused(): void {
    if (!this.online && this.usagePages === 0 && this.swapPages === 0) this.release()
  }

  private release(): void {
    if (this.children.size > 0) return
    this.#onFree()
    for (const group of this.upwards) if (group.walkPosition === this) group.walkPosition = null
    this.parent?.children.delete(this)
    if (this.parent !== null) this.parent.#releaseWhenUnused()
  }
}
