/**
 * Direct reclaim over several shrinkers by several CPUs: try_to_free_pages() (mm/vmscan.c) and do_shrink_slab()
 * (mm/shrinker.c), 6.12, but for the page LRUs: all that is freed comes from the shrinkers.
 */
import { DEF_PRIORITY } from '../../sim/mm/scan-control.js'
import { SHRINK_STOP } from '../../sim/mm/shrinker.js'
import { SlabScan } from '../../sim/mm/slab-scan.js'
import { STEPS } from './costs.js'
import { spend, type Steps } from './scheduler.js'
import type { ScanControl, Walker } from './walkers.js'

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
    const slab = new SlabScan(freeable, this.#deferred, priority, { batch })
    this.#deferred = 0
    for (let { nrToScan } = slab; nrToScan > 0; { nrToScan } = slab) {
      const control: ScanControl = { nrToScan, nrScanned: nrToScan }
      yield spend(STEPS.shrinkerCall)
      const result = yield* this.#walker.scan(cpu, control)
      this.scanCalls++
      if (result === SHRINK_STOP) break
      this.freedPages += result
      slab.add(control.nrScanned, result)
    }
    this.#deferred += slab.deferred
    return slab.freed
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
