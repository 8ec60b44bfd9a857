/** One memory cgroup: its counters, limits and statistics. struct mem_cgroup, mm/memcontrol.c (6.12, v2 semantics). */

export const MEMCG_EVENTS = ['low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill'] as const
type MemcgEvent = (typeof MEMCG_EVENTS)[number]

/** Kinds of pages that memory.stat counts. */
export type ChargedKind = 'anon' | 'shmem' | 'file' | 'kernel'

type EventCounts = Record<MemcgEvent, number>
const noEvents = (): EventCounts => ({ low: 0, high: 0, max: 0, oom: 0, oom_kill: 0, oom_group_kill: 0 })

export class MemCgroup {
  readonly parent: MemCgroup | null
  /** This group, its parent..., the root. */
  readonly upwards: readonly MemCgroup[]
  readonly children = new Set<MemCgroup>()
  /** memory.max and memory.high in pages; Infinity is "max". */
  maxPages = Infinity
  highPages = Infinity
  oomGroup = false
  /** Charged pages of this group and of all below it. */
  usagePages = 0
  peakPages = 0
  /** Pages by kind, of this group and of all below it. */
  readonly stat: Record<ChargedKind, number> = { anon: 0, shmem: 0, file: 0, kernel: 0 }
  /** Page cache of this very group: what reclaim walks. */
  fileLruPages = 0
  readonly events = noEvents()
  readonly eventsLocal = noEvents()
  pgscan = 0
  pgsteal = 0
  /** False after rmdir, or after the controller was disabled: the group stays only as long as pages are charged to it. */
  online = true

  constructor(parent: MemCgroup | null) {
    this.parent = parent
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
    if (!this.online && this.usagePages === 0) this.release()
  }

  addStat(kind: ChargedKind, pages: number): void {
    if (kind === 'file') this.fileLruPages += pages
    for (const group of this.upwards) group.stat[kind] += pages
  }

  /** css_offline() and, when nothing is charged any more, css_free(). */
  offline(): void {
    this.online = false
    if (this.usagePages === 0) this.release()
  }

  private release(): void {
    if (this.children.size > 0) return
    this.parent?.children.delete(this)
    if (this.parent?.online === false && this.parent.usagePages === 0) this.parent.release()
  }
}
