/** The shrinker core: registration, do_shrink_slab() and shrink_slab(), mm/shrinker.c (6.12). */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import type { MemCgroup } from './mem-cgroup.js'

/** count_objects(): nothing to free at all. Treated as 0 where a cgroup's bitmap is not modelled. */
const SHRINK_EMPTY = -2
/** scan_objects(): could not even try. */
export const SHRINK_STOP = -1

/** DEFAULT_SEEKS, and the batch of a shrinker that names none. */
const DEFAULT_SEEKS = 2
const SHRINK_BATCH = 128

export interface ShrinkControl {
  /** The cgroup that is reclaimed from; the root for pressure on the machine. */
  readonly memcg: MemCgroup
  readonly nrToScan: number
  /** What scan looked at; preset to nrToScan. */
  nrScanned: number
}

export interface Shrinker {
  readonly name: string
  /** SHRINKER_MEMCG_AWARE: also called for child cgroups. No DRM driver sets it. */
  readonly memcgAware: boolean
  readonly seeks?: number
  readonly batch?: number
  /** How many objects could be freed; SHRINK_EMPTY. */
  countObjects(control: ShrinkControl): number
  /** How many were freed; SHRINK_STOP. */
  scanObjects(control: ShrinkControl): number
}

/** What a shrinker was asked and did, for the tracepoints mm_shrink_slab_start and _end. */
interface ShrinkerStat {
  calls: number
  freed: number
}

export class ShrinkerList {
  readonly #kernel: Kernel
  readonly #deferred = new Map<Shrinker, Map<MemCgroup, number>>()
  readonly #stats = new Map<Shrinker, ShrinkerStat>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  register(shrinker: Shrinker): void {
    this.#deferred.set(shrinker, new Map())
    this.#stats.set(shrinker, { calls: 0, freed: 0 })
  }

  stat(shrinker: Shrinker): Readonly<ShrinkerStat> {
    return this.#stats.get(shrinker) ?? { calls: 0, freed: 0 }
  }

  /** For a child cgroup only shrinkers that know of cgroups are called; for the root all are. Objects freed. */
  shrinkSlab(memcg: MemCgroup, priority: number): number {
    let freed = 0
    for (const shrinker of this.#deferred.keys()) {
      if (memcg.isRoot || shrinker.memcgAware) freed += this.#doShrinkSlab(shrinker, memcg, priority)
    }
    return freed
  }

  #doShrinkSlab(shrinker: Shrinker, memcg: MemCgroup, priority: number): number {
    const { seeks = DEFAULT_SEEKS, batch = SHRINK_BATCH } = shrinker
    this.#kernel.spend(COST_NS.reclaimPass)
    const freeable = shrinker.countObjects({ memcg, nrToScan: 0, nrScanned: 0 })
    if (freeable === 0 || freeable === SHRINK_EMPTY) return 0

    const deferredOf = this.#deferred.get(shrinker)
    const deferred = deferredOf?.get(memcg) ?? 0
    // seeks 0: cheap to make again, so half of them.
    const delta =
      seeks > 0 ? Math.floor((Math.floor(freeable / 2 ** priority) * 4) / seeks) : Math.floor(freeable / 2)
    let totalScan = Math.min(Math.floor(deferred / 2 ** priority) + delta, 2 * freeable)
    let freed = 0
    let scanned = 0
    const stat = this.#stats.get(shrinker)
    while (totalScan >= batch || totalScan >= freeable) {
      const nrToScan = Math.min(batch, totalScan)
      const control: ShrinkControl = { memcg, nrToScan, nrScanned: nrToScan }
      const result = shrinker.scanObjects(control)
      if (stat !== undefined) stat.calls++
      if (result === SHRINK_STOP) break
      freed += result
      this.#kernel.events.add('slabs_scanned', control.nrScanned)
      totalScan -= control.nrScanned
      scanned += control.nrScanned
    }
    if (stat !== undefined) stat.freed += freed
    deferredOf?.set(memcg, Math.min(Math.max(deferred + delta - scanned, 0), 2 * freeable))
    return freed
  }
}
