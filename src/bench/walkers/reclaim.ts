/**
 * Direct reclaim over several shrinkers by several CPUs: try_to_free_pages() (mm/vmscan.c) and do_shrink_slab()
 * (mm/shrinker.c), 6.12, but for the page LRUs: all that is freed comes from the shrinkers.
 */
import { SHRINK_STOP } from '../../sim/mm/shrinker.js'
import { STEPS } from './costs.js'
import { spend, type Steps } from './scheduler.js'
import type { ScanControl, Walker } from './walkers.js'

const DEF_PRIORITY = 12
const DEFAULT_SEEKS = 2

export class ReclaimedShrinker {
  readonly #walker: Walker
  /** nr_deferred. */
  #deferred = 0
  freedPages = 0
  scanCalls = 0

  constructor(walker: Walker) {
    this.#walker = walker
  }

  /** do_shrink_slab(). Pages freed. */
  *shrink(cpu: number, priority: number): Steps<number> {
    const { batch } = this.#walker
    yield spend(STEPS.shrinkerCall)
    const freeable = this.#walker.count()
    if (freeable === 0) return 0
    const nr = this.#deferred
    this.#deferred = 0
    const delta = Math.floor((Math.floor(freeable / 2 ** priority) * 4) / DEFAULT_SEEKS)
    let totalScan = Math.min(Math.floor(nr / 2 ** priority) + delta, 2 * freeable)
    let freed = 0
    let scanned = 0
    while (totalScan > 0 && (totalScan >= batch || totalScan >= freeable)) {
      const nrToScan = Math.min(batch, totalScan)
      const control: ScanControl = { nrToScan, nrScanned: nrToScan }
      yield spend(STEPS.shrinkerCall)
      const result = yield* this.#walker.scan(cpu, control)
      this.scanCalls++
      if (result === SHRINK_STOP) break
      freed += result
      this.freedPages += result
      totalScan -= control.nrScanned
      scanned += control.nrScanned
    }
    this.#deferred += Math.min(Math.max(nr + delta - scanned, 0), 2 * freeable)
    return freed
  }
}

/** Pages freed: as many as were asked for, more, or fewer when even the last priority did not bring them. */
export function* tryToFreePages(
  cpu: number,
  shrinkers: readonly ReclaimedShrinker[],
  askedPages: number,
): Steps<number> {
  let freed = 0
  for (let priority = DEF_PRIORITY; priority >= 0 && freed < askedPages; priority--)
    for (const shrinker of shrinkers) freed += yield* shrinker.shrink(cpu, priority)
  return freed
}

/** Another shrinker of the machine: a cache of single pages that can be freed at once, as many as it is asked for. */
export function pageCache(pages: number): Walker {
  let left = pages
  return {
    batch: 128,
    count: () => left,
    *scan(_cpu, control) {
      const freed = Math.min(left, control.nrToScan)
      left -= freed
      yield spend(freed * STEPS.freePage)
      return freed || SHRINK_STOP
    },
  }
}
