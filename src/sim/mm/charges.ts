/** To which cgroups the pages of one object or mapping are charged: folio->memcg_data, for many pages at once. */
import type { MemCgroup } from './mem-cgroup.js'

export class Charges {
  readonly #pages = new Map<MemCgroup, number>()

  /** All pages, whoever they are charged to. */
  total = 0

  add(memcg: MemCgroup, pages: number): void {
    this.#pages.set(memcg, (this.#pages.get(memcg) ?? 0) + pages)
    this.total += pages
  }

  entries(): Iterable<[MemCgroup, number]> {
    return this.#pages
  }

  clear(): void {
    this.#pages.clear()
    this.total = 0
  }
}
