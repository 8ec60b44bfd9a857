/**
 * To which cgroups the pages of one object or mapping are charged: folio->memcg_data, for many pages at once. Most
 * have all of their pages in one cgroup, so only a second one costs a map.
 */
import type { MemCgroup } from './mem-cgroup.js'

export class Charges {
  #first: MemCgroup | null = null
  #more: Map<MemCgroup, number> | null = null

  /** All pages, whoever they are charged to. */
  total = 0

  add(memcg: MemCgroup, pages: number): void {
    this.total += pages
    if (this.#more === null) {
      if (this.#first === null || this.#first === memcg) {
        this.#first = this.total === 0 ? null : memcg
        return
      }
      this.#more = new Map([[this.#first, this.total - pages]])
      this.#first = null
    }
    const sum = (this.#more.get(memcg) ?? 0) + pages
    if (sum === 0) this.#more.delete(memcg)
    else this.#more.set(memcg, sum)
  }

  get(memcg: MemCgroup): number {
    return this.#more?.get(memcg) ?? (this.#first === memcg ? this.total : 0)
  }

  /** A copy, so that pages can be taken off meanwhile. */
  entries(): [MemCgroup, number][] {
    if (this.#more !== null) return [...this.#more]
    return this.#first === null ? [] : [[this.#first, this.total]]
  }

  clear(): void {
    this.#first = null
    this.#more = null
    this.total = 0
  }
}
