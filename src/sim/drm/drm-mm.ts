/**
 * An allocator of address ranges, in pages: drivers/gpu/drm/drm_mm.c (6.12), best fit by powers of two.
 *
 * Holes are kept in classes by the power of two of their size, so that the cost does not grow with the number of
 * ranges. Among holes of one class the order differs from the kernel's, which keeps them in a tree.
 */

interface Hole {
  readonly start: number
  readonly end: number
}

interface DrmMmPlacement {
  /** The start is a multiple of this; 1 unless said otherwise. */
  readonly alignPages?: number
  /** May cut a hole down to where the range is allowed: drm_mm's color_adjust(). */
  readonly adjust?: (hole: { start: number; end: number }) => { start: number; end: number }
}

export class DrmMm {
  readonly #classes: Set<Hole>[] = []
  readonly #byStart = new Map<number, Hole>()
  readonly #byEnd = new Map<number, Hole>()

  /** Manages pages [start, end). */
  constructor(start: number, end: number) {
    this.#addHole(start, end)
  }

  /** The first page of a free range; undefined when there is none (-ENOSPC). */
  insert(pages: number, placement: DrmMmPlacement = {}): number | undefined {
    for (let index = classOf(pages); index < this.#classes.length; index++) {
      for (const hole of this.#classes[index] ?? []) {
        const start = fit(hole, pages, placement)
        if (start === undefined) continue
        this.#removeHole(hole)
        this.#addHole(hole.start, start)
        this.#addHole(start + pages, hole.end)
        return start
      }
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
    let pages = 0
    for (const hole of this.#byStart.values()) pages += hole.end - hole.start
    return pages
  }

  #addHole(start: number, end: number): void {
    if (start >= end) return
    const hole: Hole = { start, end }
    const index = classOf(end - start)
    while (this.#classes.length <= index) this.#classes.push(new Set())
    this.#classes[index]?.add(hole)
    this.#byStart.set(start, hole)
    this.#byEnd.set(end, hole)
  }

  #removeHole(hole: Hole): void {
    this.#classes[classOf(hole.end - hole.start)]?.delete(hole)
    this.#byStart.delete(hole.start)
    this.#byEnd.delete(hole.end)
  }
}

function classOf(pages: number): number {
  const high = Math.floor(pages / 2 ** 32)
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(pages)
}

function fit(hole: Hole, pages: number, { alignPages = 1, adjust }: DrmMmPlacement): number | undefined {
  const { start, end } = adjust === undefined ? hole : adjust({ ...hole })
  const aligned = Math.ceil(start / alignPages) * alignPages
  return aligned + pages <= end ? aligned : undefined
}
