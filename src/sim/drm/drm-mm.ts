/**
 * An allocator of address ranges, in pages: drivers/gpu/drm/drm_mm.c (6.12), DRM_MM_INSERT_BEST: the smallest hole that
 * has room, of several the one that became a hole last, and its first pages.
 *
 * Holes of one size are a stack, and the sizes that there are a sorted array. As holes of different sizes must all fit
 * into the space, there are at most sqrt(2 * pages) sizes, however many ranges there are.
 */
import { PageMap } from '../lib/page-map.js'

class Hole {
  readonly start: number
  readonly end: number
  /** Holes of the same size that became holes before and after it. */
  older: Hole | null = null
  newer: Hole | null = null

  constructor(start: number, end: number) {
    this.start = start
    this.end = end
  }
}

interface DrmMmPlacement {
  /** The start is a multiple of this; 1 unless said otherwise. */
  readonly alignPages?: number
  /** May cut a hole down to where the range is allowed: drm_mm's color_adjust(). */
  readonly adjust?: (hole: { start: number; end: number }) => { start: number; end: number }
}

const ANYWHERE: DrmMmPlacement = {}

export class DrmMm {
  /** Sizes of holes, ascending, and the newest hole of each. */
  readonly #sizes: number[] = []
  readonly #newest: Hole[] = []
  readonly #byStart = new PageMap<Hole>()
  readonly #byEnd = new PageMap<Hole>()

  /** Manages pages [start, end). */
  constructor(start: number, end: number) {
    this.#addHole(start, end)
  }

  /** The first page of a free range; undefined when there is none (-ENOSPC). */
  insert(pages: number, placement = ANYWHERE): number | undefined {
    // drm_mm_insert_node_in_range(): nothing has no place.
    if (pages === 0) return undefined
    for (let i = this.#firstNotBelow(pages); i < this.#sizes.length; i++) {
      for (let hole: Hole | null = this.#newest[i] ?? null; hole !== null; hole = hole.older) {
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
    const hole = new Hole(start, end)
    const size = end - start
    const i = this.#firstNotBelow(size)
    const newest = this.#sizes[i] === size ? this.#newest[i] : undefined
    if (newest === undefined) {
      insertAt(this.#sizes, i, size)
      insertAt(this.#newest, i, hole)
    } else {
      hole.older = newest
      newest.newer = hole
      this.#newest[i] = hole
    }
    this.#byStart.set(start, hole)
    this.#byEnd.set(end, hole)
  }

  #removeHole(hole: Hole): void {
    const { older, newer } = hole
    if (older !== null) older.newer = newer
    if (newer !== null) newer.older = older
    else {
      const i = this.#firstNotBelow(hole.end - hole.start)
      if (older !== null) this.#newest[i] = older
      else {
        removeAt(this.#sizes, i)
        removeAt(this.#newest, i)
      }
    }
    this.#byStart.delete(hole.start)
    this.#byEnd.delete(hole.end)
  }

  /** Index of the smallest size that is at least `pages`. */
  #firstNotBelow(pages: number): number {
    const sizes = this.#sizes
    let low = 0
    let high = sizes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sizes[middle] ?? 0) < pages) low = middle + 1
      else high = middle
    }
    return low
  }
}

function fit(hole: Hole, pages: number, { alignPages = 1, adjust }: DrmMmPlacement): number | undefined {
  const { start, end } = adjust === undefined ? hole : adjust({ start: hole.start, end: hole.end })
  const aligned = alignPages === 1 ? start : Math.ceil(start / alignPages) * alignPages
  return aligned + pages <= end ? aligned : undefined
}

/** As splice() does, which costs more than all else here when few items are behind: the largest hole is the last one. */
function insertAt<T>(items: T[], index: number, item: T): void {
  items.push(item)
  for (let i = items.length - 1; i > index; i--) items[i] = items[i - 1] as T
  items[index] = item
}

function removeAt(items: unknown[], index: number): void {
  for (let i = index + 1; i < items.length; i++) items[i - 1] = items[i]
  items.pop()
}
