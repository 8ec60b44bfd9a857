/** Loads and stores of a process through a mapping, with SIGBUS as an answer: the contract of memory-calls.ts. */
import { RAISED_SIGBUS } from '../../backend/memory-calls.js'
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import { PAGE_SHIFT, PAGE_SIZE, pagesOf } from './page.js'
import type { PageContents } from './page-contents.js'
import { firstWord, wordAtObjectStart } from './pattern.js'
import type { Vma } from './vma.js'

export function fill(kernel: Kernel, vma: Vma, seed: bigint, offset: number, length: number): number {
  return access(kernel, vma, offset, length, true, (contents, start, end) => {
    contents.fill(patternStart(vma, seed), start, end)
    return 0
  })
}

/** How many bytes hold the pattern, up to the first that does not. A wrong byte before a SIGBUS is told first. */
export function verify(kernel: Kernel, vma: Vma, seed: bigint, offset: number, length: number): number {
  let matching = 0
  // Nobody reads beyond the first wrong byte: pages after it are not touched.
  const from = vma.firstPage * PAGE_SIZE + offset
  const right = vma.contents?.countMatching(patternStart(vma, seed), from, from + length) ?? length
  const outcome = access(kernel, vma, offset, Math.min(length, right + 1), false, (contents, start, end) => {
    matching = contents.countMatching(patternStart(vma, seed), start, end)
    return matching < end - start ? matching : 0
  })
  return outcome === 0 ? matching : outcome
}

export function read(kernel: Kernel, vma: Vma, offset: number, length: number): Uint8Array | number {
  let bytes: Uint8Array = new Uint8Array(0)
  const outcome = access(kernel, vma, offset, length, false, (contents, start, end) => {
    bytes = contents.read(start, end)
    return 0
  })
  return outcome === 0 ? bytes : outcome
}

export function write(kernel: Kernel, vma: Vma, offset: number, bytes: Uint8Array): number {
  return access(kernel, vma, offset, bytes.length, true, (contents, start, end) => {
    contents.write(start, bytes.subarray(0, end - start))
    return 0
  })
}

function patternStart(vma: Vma, seed: bigint): bigint {
  return wordAtObjectStart(firstWord(seed), (vma.firstPage * PAGE_SIZE) / 8)
}

/**
 * Touches the pages and hands the accessible part of the range to `use`, in bytes of the contents. What `use` answers
 * when it is not 0; else 0, or RAISED_SIGBUS when a page of the range could not be touched.
 */
function access(
  kernel: Kernel,
  vma: Vma,
  offset: number,
  length: number,
  isWrite: boolean,
  use: (contents: PageContents, start: number, end: number) => number,
): number {
  if (length === 0) return 0
  const firstPage = Math.floor(offset / PAGE_SIZE)
  const endPage = pagesOf(offset + length)
  const touched = vma.touch(firstPage, endPage, isWrite)
  kernel.spend(touched * COST_NS.touchPage)
  const end = Math.min(offset + length, (firstPage + touched) * PAGE_SIZE)
  const base = vma.firstPage * (1 << PAGE_SHIFT)
  if (vma.contents !== null && end > offset) {
    const answer = use(vma.contents, base + offset, base + end)
    if (answer !== 0) return answer
  }
  return touched < endPage - firstPage ? RAISED_SIGBUS : 0
}
