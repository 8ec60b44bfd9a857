/**
 * An allocator of address ranges, in pages: drivers/gpu/drm/drm_mm.c (6.12), DRM_MM_INSERT_BEST. The smallest hole that
 * is large enough; among holes of one size the newest.
 */

interface Hole {
  readonly start: number
  readonly end: number
  /** Larger for newer ones. */
  readonly age: number
}

interface DrmMmPlacement {
  /** The start is a multiple of this; 1 unless said otherwise. */
  readonly alignPages?: number
  /** May cut a hole down to where the range is allowed: drm_mm's color_adjust(). */
  readonly adjust?: (hole: { start: number; end: number }) => { start: number; end: number }
}

export class DrmMm {
  /** In the order in which best_hole() and next_hole() look at them. */
  readonly #holes: Hole[] = []
  readonly #byStart = new Map<number, Hole>()
  readonly #byEnd = new Map<number, Hole>()
  #added = 0

  /** Manages pages [start, end). */
  constructor(start: number, end: number) {
    this.#addHole(start, end)
  }

  /** The first page of a free range; undefined when there is none (-ENOSPC). */
  insert(pages: number, placement: DrmMmPlacement = {}): number | undefined {
    // drm_mm_insert_node_in_range(): nothing has no place.
    if (pages === 0) return undefined
    for (let index = this.#indexOf(pages, Infinity); index < this.#holes.length; index++) {
      const hole = this.#holes[index]
      const start = hole === undefined ? undefined : fit(hole, pages, placement)
      if (hole === undefined || start === undefined) continue
      this.#removeHole(hole)
      this.#addHole(hole.start, start)
      this.#addHole(start + pages, hole.end)
      return start
    }
    return undefined
  }

  remove(start: number, pages: number): void {
    const before = this.#byEnd.get(start)
    const after = this.#byStart.get(start + pages)
    if (before !== undefined) this.#removeHole(before)
    if (after !== undefined) this.#removeHole(after)
    this.#addHole(before?.start ?? start, after?.end ?? start + pages)
  }

  /** Pages of all holes. */
  get freePages(): number {
    return this.#holes.reduce((pages, hole) => pages + hole.end - hole.start, 0)
  }

  #addHole(start: number, end: number): void {
    if (start >= end) return
    const hole: Hole = { start, end, age: this.#added++ }
    this.#holes.splice(this.#indexOf(end - start, hole.age), 0, hole)
    this.#byStart.set(start, hole)
    this.#byEnd.set(end, hole)
  }

  #removeHole(hole: Hole): void {
    this.#holes.splice(this.#indexOf(hole.end - hole.start, hole.age), 1)
    this.#byStart.delete(hole.start)
    this.#byEnd.delete(hole.end)
  }

  /** Where a hole of that size and age is, or belongs. */
  #indexOf(pages: number, age: number): number {
    let [low, high] = [0, this.#holes.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const hole = this.#holes[middle]
      if (hole === undefined) break
      const size = hole.end - hole.start
      if (size < pages || (size === pages && hole.age > age)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function fit(hole: Hole, pages: number, { alignPages = 1, adjust }: DrmMmPlacement): number | undefined {
  const { start, end } = adjust === undefined ? hole : adjust({ start: hole.start, end: hole.end })
  const aligned = Math.ceil(start / alignPages) * alignPages
  return aligned + pages <= end ? aligned : undefined
}
