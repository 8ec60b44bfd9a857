/** What the table of the cover letter says as ratios, which do not depend on the machine's speed, and what the model says. */
import { COVER_LETTER } from './cover-letter.js'
import type { Allocator, HeapModelRun } from './run-heap-model.js'

export interface HeapRatio {
  /** `dmabuf/ion 4096`, `dmabuf 1048576/4096 per page` */
  readonly name: string
  readonly coverLetter: number
  readonly model: number
}

/** Allocator against allocator for each size, and size against the next smaller one per page for each allocator. */
export function heapRatios(runs: readonly HeapModelRun[]): HeapRatio[] {
  const ns = (allocator: Allocator, sizeBytes: number): number => {
    const run = runs.find((each) => each.allocator === allocator && each.sizeBytes === sizeBytes)
    if (run === undefined) throw new RangeError(`there is no run of ${allocator} with ${sizeBytes} bytes`)
    return run.nsPerCall
  }
  const series = 'system+pools+deferred'
  const ratios: HeapRatio[] = COVER_LETTER.map(({ sizeBytes, dmabufNs, ionNs }) => ({
    name: `dmabuf/ion ${sizeBytes}`,
    coverLetter: dmabufNs / ionNs,
    model: ns(series, sizeBytes) / ns('ion', sizeBytes),
  }))
  for (const [i, large] of COVER_LETTER.entries()) {
    const small = COVER_LETTER[i - 1]
    if (small === undefined) continue
    const pages = large.sizeBytes / small.sizeBytes
    for (const [name, allocator, key] of [
      ['dmabuf', series, 'dmabufNs'],
      ['ion', 'ion', 'ionNs'],
    ] as const) {
      ratios.push({
        name: `${name} ${large.sizeBytes}/${small.sizeBytes} per page`,
        coverLetter: large[key] / small[key] / pages,
        model: ns(allocator, large.sizeBytes) / ns(allocator, small.sizeBytes) / pages,
      })
    }
  }
  return ratios
}
