/**
 * A contiguous area that is lent to movable pages until somebody needs a part of it: mm/cma.c, and the CMA rules of
 * mm/page_alloc.c (6.12). order_per_bit is 0.
 *
 * Which movable page is lent which place is not modelled: they fill the area from its start. Pinned ones, which would
 * make a range -EBUSY, are not modelled either: a long-term pin moves a page out of the area first.
 */
import { ERRNO } from '../../backend/errno.js'
import type { Kernel } from '../kernel.js'
import type { PageKind } from './page.js'

/** Tries to make room for the pages that have to move. */
const MIGRATE_TRIES = 10

/** Who asks with __GFP_MOVABLE. Of shmem pages most are a driver's here, which does not. */
export function isMovable(kind: PageKind): boolean {
  return kind === 'anon' || kind === 'file'
}

export class CmaArea {
  readonly #kernel: Kernel
  readonly name: string
  readonly totalPages: number
  /** cma->bitmap: who was given a page by alloc(). */
  readonly #bitmap: Uint8Array
  readonly #printRatelimited: (text: string) => void
  #taken = 0
  #lent = 0

  constructor(kernel: Kernel, name: string, totalPages: number) {
    this.#kernel = kernel
    this.name = name
    this.totalPages = totalPages
    this.#bitmap = new Uint8Array(totalPages)
    this.#printRatelimited = kernel.log.ratelimited()
  }

  /** NR_FREE_CMA_PAGES. */
  get freePages(): number {
    return this.totalPages - this.#taken - this.#lent
  }

  /** Pages that movable users have. */
  get lentPages(): number {
    return this.#lent
  }

  /** Movable users took `pages` pages off `freeBefore`: those of the area while they are more than half of what is free. */
  lend(pages: number, freeBefore: number): void {
    const other = freeBefore - this.freePages
    const balanced = Math.ceil((this.freePages - other + pages) / 2)
    this.#lent += Math.min(Math.max(balanced, pages - other, 0), pages, this.freePages)
  }

  /** There are only so many movable pages left. Those of the area go last. */
  limitLent(movablePages: number): void {
    this.#lent = Math.min(this.#lent, movablePages)
  }

  /** cma_alloc(): the first page of a range that begins at a multiple of 2^alignOrder pages; undefined when there is none. */
  alloc(count: number, alignOrder: number): number | undefined {
    if (count > this.totalPages) return undefined
    const start = this.#findRange(count, 1 << alignOrder)
    if (start === undefined || !this.#moveOut(start, count)) {
      const text = `cma: __cma_alloc: ${this.name}: alloc failed, req-size: ${count} pages, ret: ${-ERRNO.ENOMEM}`
      this.#printRatelimited(text)
      return undefined
    }
    this.#bitmap.fill(1, start, start + count)
    this.#taken += count
    this.#kernel.pages.takeReserve('dmabuf', count)
    return start
  }

  /** cma_release(). */
  release(start: number, count: number): void {
    this.#bitmap.fill(0, start, start + count)
    this.#taken -= count
    this.#kernel.pages.free('dmabuf', count)
  }

  /** bitmap_find_next_zero_area_off(). */
  #findRange(count: number, align: number): number | undefined {
    for (let start = 0; start + count <= this.totalPages;) {
      const taken = this.#bitmap.subarray(start, start + count).lastIndexOf(1)
      if (taken < 0) return start
      start = Math.ceil((start + taken + 1) / align) * align
    }
    return undefined
  }

  /** alloc_contig_range(): lent pages of the range move to others, outside of the area. False when there are none. */
  #moveOut(start: number, count: number): boolean {
    const { pages, vmscan } = this.#kernel
    const toMove = () => Math.max(0, Math.min(this.#lent - this.#notTakenBefore(start), count))
    for (let tries = 0; tries < MIGRATE_TRIES; tries++) {
      if (pages.freePages - this.freePages - pages.watermarks.minPages >= toMove()) {
        this.#lent -= toMove()
        return true
      }
      vmscan.tryToFreePages()
    }
    return false
  }

  #notTakenBefore(end: number): number {
    let count = 0
    for (let page = 0; page < end; page++) if (this.#bitmap[page] === 0) count++
    return count
  }
}
