/**
 * Entries of 2 MiB in the page tables of a mapping: try_insert_pfn(), drm_gem_shmem_helper.c (7.2), for drivers whose
 * buffers are on a mount with huge pages. There is always a free one here: memory is never fragmented.
 */
import type { RangeSet } from '../lib/range-set.js'

/** PMD_SIZE in pages. */
const HUGE = 512

export class HugeEntries {
  readonly #endPage: number
  /** First pages of entries that a load made: a store there faults again, which it does not at a page's own entry. */
  readonly #readOnly = new Set<number>()

  /** Huge pages are for what lies inside of the file (within_size) and of the mapping. */
  constructor(objectPages: number, mappingPages: number) {
    this.#endPage = Math.floor(Math.min(objectPages, mappingPages) / HUGE) * HUGE
  }

  /** What is filled in by a fault for pages [start, end). */
  around(start: number, end: number): readonly [start: number, end: number] {
    const first = Math.floor(start / HUGE) * HUGE
    const last = Math.ceil(end / HUGE) * HUGE
    return [first < this.#endPage ? first : start, last <= this.#endPage ? last : end]
  }

  /** A fault fills in [start, end), as answered by around(), beside what has its entry already. */
  fill(start: number, end: number, isWrite: boolean, entries: RangeSet): void {
    for (let page = start; page < Math.min(end, this.#endPage); page += HUGE)
      if (isWrite) this.#readOnly.delete(page)
      else if (entries.endOfRunAt(page) === page) this.#readOnly.add(page)
  }

  /** The first page in [start, end) that a store faults at although it has an entry; `end` when there is none. */
  firstReadOnly(start: number, end: number): number {
    if (this.#readOnly.size === 0) return end
    for (let page = start; page < end; page = Math.floor(page / HUGE) * HUGE + HUGE)
      if (this.#readOnly.has(Math.floor(page / HUGE) * HUGE)) return page
    return end
  }

  clear(): void {
    this.#readOnly.clear()
  }
}
