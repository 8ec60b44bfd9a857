/**
 * To which cgroups the pages of one object or mapping are charged: folio->memcg_data, for many pages at once. Most
 * have all of their pages in one cgroup, so only a second one costs a map.
 */
import type { MemCgroup } from './mem-cgroup.js'

export class Charges {
  /** The only cgroup, or how many pages each of several has; null: no pages. */
  #to: MemCgroup | Map<MemCgroup, number> | null = null

  /** All pages, whoever they are charged to. */
  total = 0

  add(memcg: MemCgroup, pages: number): void {
    this.total += pages
    const to = this.#to
    if (to === null || to === memcg) {
      this.#to = this.total === 0 ? null : memcg
      return
    }
    const several = to instanceof Map ? to : new Map([[to, this.total - pages]])
    this.#to = several
    const sum = (several.get(memcg) ?? 0) + pages
    if (sum === 0) several.delete(memcg)
    else several.set(memcg, sum)
  }

  get(memcg: MemCgroup): number {
    if (this.#to instanceof Map) return this.#to.get(memcg) ?? 0
    return this.#to === memcg ? this.total : 0
  }

  /** A copy, so that pages can be taken off meanwhile. */
  entries(): [MemCgroup, number][] {
    if (this.#to instanceof Map) return [...this.#to]
    return this.#to === null ? [] : [[this.#to, this.total]]
  }

  clear(): void {
    this.#to = null
    this.total = 0
  }
}
