/**
 * Things by the number of a page: an open hash table. Unlike a Map it costs the same however often entries come and go,
 * as nothing stays of those that went, and an entry takes about 30 bytes.
 */

const EMPTY = -1
const LEAST_SLOTS = 16

export class PageMap<T> {
  #pages = new Float64Array(LEAST_SLOTS).fill(EMPTY)
  #things: (T | undefined)[] = new Array<T | undefined>(LEAST_SLOTS).fill(undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(page: number): T | undefined {
    return this.#things[this.#slotOf(page)]
  }

  set(page: number, thing: T): void {
    if (!Number.isSafeInteger(page) || page < 0) throw new RangeError(`${page} is the number of no page`)
    let slot = this.#slotOf(page)
    if (this.#pages[slot] === EMPTY) {
      if (4 * ++this.#size > 3 * this.#pages.length) {
        this.#resize(2 * this.#pages.length)
        slot = this.#slotOf(page)
      }
      this.#pages[slot] = page
    }
    this.#things[slot] = thing
  }

  delete(page: number): void {
    const pages = this.#pages
    const mask = pages.length - 1
    let gap = this.#slotOf(page)
    if (pages[gap] === EMPTY) return
    this.#size--
    // Those behind it move up, unless that puts them before their place.
    for (let slot = (gap + 1) & mask; pages[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const moved = pages[slot] ?? EMPTY
      if (((slot - hash(moved)) & mask) < ((slot - gap) & mask)) continue
      pages[gap] = moved
      this.#things[gap] = this.#things[slot]
      gap = slot
    }
    pages[gap] = EMPTY
    this.#things[gap] = undefined
    if (pages.length > LEAST_SLOTS && 8 * this.#size < pages.length) this.#resize(pages.length >> 1)
  }

  /** In no order that means anything. */
  *values(): Generator<T> {
    for (let slot = 0; slot < this.#pages.length; slot++) {
      if (this.#pages[slot] !== EMPTY) yield this.#things[slot] as T
    }
  }

  /** Where the page is, or would be. */
  #slotOf(page: number): number {
    const pages = this.#pages
    const mask = pages.length - 1
    let slot = hash(page) & mask
    for (let there = pages[slot]; there !== page && there !== EMPTY; there = pages[slot])
      slot = (slot + 1) & mask
    return slot
  }

  #resize(slots: number): void {
    const pages = this.#pages
    const things = this.#things
    this.#pages = new Float64Array(slots).fill(EMPTY)
    this.#things = new Array<T | undefined>(slots).fill(undefined)
    for (let old = 0; old < pages.length; old++) {
      const page = pages[old] ?? EMPTY
      if (page === EMPTY) continue
      const slot = this.#slotOf(page)
      this.#pages[slot] = page
      this.#things[slot] = things[old]
    }
  }
}

/** Far from those of its neighbours: a run of pages must not become a run of slots, which a deletion walks to its end. */
function hash(page: number): number {
  const product = Math.imul(page, 0x9e37_79b1)
  return product ^ (product >>> 16)
}
