/**
 * What is in the pages of an object or of an anonymous mapping, held symbolically: a run of pages that hold a pattern
 * is one extent, a page that was written byte by byte is 4096 bytes, and all others read zero. Filling and
 * checking whole buffers costs as much as they have extents, not as much as they have bytes.
 */
import { PAGE_SIZE } from './page.js'
import { writePattern } from './pattern.js'

interface PatternExtent {
  readonly start: number
  readonly end: number
  /** The pattern's word 0, counted from the start of the object. */
  readonly first: bigint
}

interface BytesExtent {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

/** Pages [start, end); in a BytesExtent that is one page. */
type Extent = PatternExtent | BytesExtent

export class PageContents {
  /** Sorted, without overlap. Pages in between hold zeroes. */
  #extents: Extent[] = []

  get extentCount(): number {
    return this.#extents.length
  }

  /** Bytes [start, end) become those of the pattern with this word 0. */
  fill(first: bigint, start: number, end: number): void {
    const wholeStart = Math.ceil(start / PAGE_SIZE)
    const wholeEnd = Math.floor(end / PAGE_SIZE)
    if (wholeStart > wholeEnd) {
      this.#patchPage(start, end, (into) => writePattern(into, first, start, end))
      return
    }
    const head = wholeStart * PAGE_SIZE
    const tail = wholeEnd * PAGE_SIZE
    if (start < head) this.#patchPage(start, head, (into) => writePattern(into, first, start, head))
    if (wholeStart < wholeEnd)
      this.#replace(wholeStart, wholeEnd, { start: wholeStart, end: wholeEnd, first })
    if (tail < end) this.#patchPage(tail, end, (into) => writePattern(into, first, tail, end))
  }

  /** How many bytes from `start` on, at most up to `end`, hold the pattern with this word 0. */
  countMatching(first: bigint, start: number, end: number): number {
    let position = start
    for (let i = this.#firstEndingAfter(Math.floor(start / PAGE_SIZE)); position < end; i++) {
      const extent = this.#extents[i]
      const gapEnd = Math.min(end, (extent?.start ?? Infinity) * PAGE_SIZE)
      if (position < gapEnd) {
        const same = this.#countEqual(null, first, position, gapEnd)
        if (same < gapEnd - position) return position + same - start
        position = gapEnd
      }
      if (extent === undefined || position >= end) continue
      const stop = Math.min(end, extent.end * PAGE_SIZE)
      if (!('first' in extent) || extent.first !== first) {
        const same = this.#countEqual(extent, first, position, stop)
        if (same < stop - position) return position + same - start
      }
      position = stop
    }
    return end - start
  }

  read(start: number, end: number): Uint8Array {
    const into = new Uint8Array(end - start)
    for (let i = this.#firstEndingAfter(Math.floor(start / PAGE_SIZE)); ; i++) {
      const extent = this.#extents[i]
      if (extent === undefined || extent.start * PAGE_SIZE >= end) return into
      const from = Math.max(start, extent.start * PAGE_SIZE)
      copyBytes(extent, from, Math.min(end, extent.end * PAGE_SIZE), into.subarray(from - start))
    }
  }

  write(start: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const position = start + done
      const end = Math.min(start + bytes.length, (Math.floor(position / PAGE_SIZE) + 1) * PAGE_SIZE)
      const part = bytes.subarray(done, done + end - position)
      this.#patchPage(position, end, (into) => into.set(part))
      done += end - position
    }
  }

  /** All pages hold zeroes. */
  clear(): void {
    this.#extents = []
  }

  /** Changes bytes [start, end) of one page, which is kept as bytes from now on. */
  #patchPage(start: number, end: number, change: (into: Uint8Array) => void): void {
    const page = Math.floor(start / PAGE_SIZE)
    const base = page * PAGE_SIZE
    const present = this.#extents[this.#firstEndingAfter(page)]
    if (present !== undefined && 'bytes' in present && present.start === page) {
      change(present.bytes.subarray(start - base, end - base))
      return
    }
    const bytes = this.read(base, base + PAGE_SIZE)
    change(bytes.subarray(start - base, end - base))
    this.#replace(page, page + 1, { start: page, end: page + 1, bytes })
  }

  /** Puts `extent` at pages [start, end), cuts what it covers, and joins it with equal neighbours. */
  #replace(start: number, end: number, extent: Extent): void {
    const from = this.#firstEndingAfter(start)
    let to = from
    const left: Extent[] = []
    const right: Extent[] = []
    for (; ; to++) {
      const covered = this.#extents[to]
      if (covered === undefined || covered.start >= end) break
      if (covered.start < start) left.push({ ...covered, end: start })
      if (covered.end > end) right.push({ ...covered, start: end })
    }
    let first = from
    if ('first' in extent) {
      const before = left[0] ?? this.#extents[from - 1]
      if (before !== undefined && isSamePattern(before, extent) && before.end === extent.start) {
        extent = { ...extent, start: before.start }
        if (left.length > 0) left.pop()
        else first--
      }
      const after = right[0] ?? this.#extents[to]
      if (after !== undefined && isSamePattern(after, extent) && after.start === extent.end) {
        extent = { ...extent, end: after.end }
        if (right.length > 0) right.pop()
        else to++
      }
    }
    this.#extents.splice(first, to - first, ...left, extent, ...right)
  }

  /** Compares byte by byte: two different patterns, or a pattern and zeroes, differ within a few bytes. */
  #countEqual(extent: Extent | null, first: bigint, start: number, end: number): number {
    const expected = new Uint8Array(PAGE_SIZE)
    const actual = new Uint8Array(PAGE_SIZE)
    for (let position = start; position < end;) {
      // A short first look finds most differences.
      const stop = Math.min(end, position + (position === start ? 16 : PAGE_SIZE))
      writePattern(expected, first, position, stop)
      actual.fill(0)
      if (extent !== null) copyBytes(extent, position, stop, actual)
      for (let i = 0; i < stop - position; i++) if (actual[i] !== expected[i]) return position + i - start
      position = stop
    }
    return end - start
  }

  #firstEndingAfter(page: number): number {
    let low = 0
    let high = this.#extents.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#extents[middle]?.end ?? 0) > page) high = middle
      else low = middle + 1
    }
    return low
  }
}

function isSamePattern(a: Extent, b: PatternExtent): boolean {
  return 'first' in a && a.first === b.first
}

/** Bytes [start, end) of the object, which lie in this extent, to the start of `into`. */
function copyBytes(extent: Extent, start: number, end: number, into: Uint8Array): void {
  if ('first' in extent) writePattern(into, extent.first, start, end)
  else into.set(extent.bytes.subarray(start - extent.start * PAGE_SIZE, end - extent.start * PAGE_SIZE))
}
