/** Parts of several memory files, one after the other, as one content. */
import { PageContents } from './page-contents.js'
import { PAGE_SIZE } from './page.js'
import { wordAtObjectStart } from './pattern.js'

export interface ContentPart {
  /** What the part is of; null when that has no pages (any more). */
  readonly contents: () => PageContents | null
  /** Where in it the part begins. */
  readonly firstPage: number
  readonly pages: number
}

export class JoinedContents extends PageContents {
  readonly #parts: readonly (ContentPart & { readonly start: number })[]

  constructor(parts: readonly ContentPart[]) {
    super()
    let start = 0
    this.#parts = parts.map((part) => {
      const placed = { ...part, start }
      start += part.pages * PAGE_SIZE
      return placed
    })
  }

  override fill(first: bigint, start: number, end: number): void {
    this.#each(start, end, (contents, from, to, shift) => contents.fill(shifted(first, shift), from, to))
  }

  override countMatching(first: bigint, start: number, end: number): number {
    let matching = 0
    let differs = false
    this.#each(start, end, (contents, from, to, shift) => {
      if (differs) return
      const same = contents.countMatching(shifted(first, shift), from, to)
      matching += same
      differs = same < to - from
    })
    return matching
  }

  override read(start: number, end: number): Uint8Array {
    const into = new Uint8Array(end - start)
    this.#each(start, end, (contents, from, to, shift) => {
      into.set(contents.read(from, to), from - shift - start)
    })
    return into
  }

  override write(start: number, bytes: Uint8Array): void {
    this.#each(start, start + bytes.length, (contents, from, to, shift) => {
      contents.write(from, bytes.subarray(from - shift - start, to - shift - start))
    })
  }

  /** The touched parts of [start, end), in bytes of their own contents; `shift` is how far those are ahead of ours. */
  #each(
    start: number,
    end: number,
    use: (contents: PageContents, from: number, to: number, shift: number) => void,
  ): void {
    for (const part of this.#parts) {
      const from = Math.max(start, part.start)
      const to = Math.min(end, part.start + part.pages * PAGE_SIZE)
      const contents = part.contents()
      const shift = part.firstPage * PAGE_SIZE - part.start
      if (from < to && contents !== null) use(contents, from + shift, to + shift, shift)
    }
  }
}

/** The pattern's word 0 as a content sees it whose bytes are `shift` ahead. */
function shifted(first: bigint, shift: number): bigint {
  return wordAtObjectStart(first, shift / 8)
}
