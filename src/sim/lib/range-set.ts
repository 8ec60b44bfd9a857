/** A set of page numbers, kept as sorted ranges: which pages of a mapping have a page table entry. */

export class RangeSet {
  /** start, end (exclusive), start, end...; neighbours never touch. */
  #bounds: number[] = []

  /** How many pages are in the set. */
  get size(): number {
    let pages = 0
    for (let i = 0; i < this.#bounds.length; i += 2) pages += this.#end(i) - this.#start(i)
    return pages
  }

  /** The end of the range that holds `page`; `page` itself when it is not in the set. */
  endOfRunAt(page: number): number {
    const i = this.#firstEndingAfter(page)
    return i < this.#bounds.length && this.#start(i) <= page ? this.#end(i) : page
  }

  /** The first page at or after `page` that is in the set; Infinity when there is none. */
  nextIn(page: number): number {
    const i = this.#firstEndingAfter(page)
    return i < this.#bounds.length ? Math.max(page, this.#start(i)) : Infinity
  }

  /** Adds [start, end). */
  add(start: number, end: number): void {
    if (start >= end) return
    // The first range that touches or follows `start`, and the first that begins beyond `end`.
    let from = this.#firstEndingAfter(start - 1)
    if (from < 0) from = 0
    let to = from
    while (to < this.#bounds.length && this.#start(to) <= end) {
      start = Math.min(start, this.#start(to))
      end = Math.max(end, this.#end(to))
      to += 2
    }
    this.#bounds.splice(from, to - from, start, end)
  }

  /** Takes out [start, end). */
  remove(start: number, end: number): void {
    if (start >= end) return
    const from = this.#firstEndingAfter(start)
    const rest: number[] = []
    let to = from
    for (; to < this.#bounds.length && this.#start(to) < end; to += 2) {
      if (this.#start(to) < start) rest.push(this.#start(to), start)
      if (this.#end(to) > end) rest.push(end, this.#end(to))
    }
    this.#bounds.splice(from, to - from, ...rest)
  }

  clear(): void {
    this.#bounds = []
  }

  #start(i: number): number {
    return this.#bounds[i] ?? 0
  }

  #end(i: number): number {
    return this.#bounds[i + 1] ?? 0
  }

  /** Index of the first range whose end is above `page`; the array's length when there is none. */
  #firstEndingAfter(page: number): number {
    let low = 0
    let high = this.#bounds.length >> 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#end(2 * middle) > page) high = middle
      else low = middle + 1
    }
    return 2 * low
  }
}
