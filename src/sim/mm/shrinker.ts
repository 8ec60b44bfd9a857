/** The shrinker core: registration, do_shrink_slab() and shrink_slab(), mm/shrinker.c (6.12). */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import type { Gfp } from './gfp.js'
import type { MemCgroup } from './mem-cgroup.js'
import { DeferredWork, ShrinkerBitmap } from './shrinker-info.js'
import { SlabScan } from './slab-scan.js'

/** count_objects(): nothing to free at all, so that the cgroup's bit may be cleared. */
export const SHRINK_EMPTY = -2
/** scan_objects(): could not even try. */
export const SHRINK_STOP = -1

export interface ShrinkControl {
  /** The cgroup that is reclaimed from; the root for pressure on the machine. */
  readonly memcg: MemCgroup
  readonly nrToScan: number
  /** What the allocation may do that reclaims; GFP_KERNEL unless said otherwise, as kswapd and drop_caches. */
  readonly gfp?: Gfp
  /** What scan looked at; preset to nrToScan. */
  nrScanned: number
}

export interface Shrinker {
  readonly name: string
  /** SHRINKER_MEMCG_AWARE: also called for child cgroups whose bit is set. No DRM driver sets it. */
  readonly memcgAware: boolean
  /** SHRINKER_NUMA_AWARE: has deferred work of its own for each node. */
  readonly numaAware?: boolean
  /** SHRINKER_NONSLAB: called for child cgroups even when kernel memory is not accounted. */
  readonly nonslab?: boolean
  readonly seeks?: number
  readonly batch?: number
  /** How many objects could be freed; SHRINK_EMPTY. */
  countObjects(control: ShrinkControl): number
  /** How many were freed; SHRINK_STOP. */
  scanObjects(control: ShrinkControl): number
}

/** What a shrinker was asked and did since it was registered. */
interface ShrinkerStat {
  calls: number
  freed: number
}

interface Registered {
  /** The number behind its name in debugfs. */
  readonly id: number
  readonly stat: ShrinkerStat
  readonly deferred: DeferredWork
}

export class ShrinkerList {
  readonly #kernel: Kernel
  readonly #registered = new Map<Shrinker, Registered>()
  readonly #bits = new ShrinkerBitmap()
  #nextId = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  register(shrinker: Shrinker): void {
    this.#registered.set(shrinker, {
      id: this.#nextId++,
      stat: { calls: 0, freed: 0 },
      deferred: new DeferredWork(shrinker),
    })
  }

  /** With the number that debugfs puts behind the name, in the order of registration. */
  *all(): Generator<[number, Shrinker]> {
    for (const [shrinker, { id }] of this.#registered) yield [id, shrinker]
  }

  stat(shrinker: Shrinker): Readonly<ShrinkerStat> {
    return this.#registered.get(shrinker)?.stat ?? { calls: 0, freed: 0 }
  }

  /** set_shrinker_bit(): a memcg-aware shrinker has got something to free in this cgroup. */
  setBit(memcg: MemCgroup, shrinker: Shrinker): void {
    this.#bits.set(memcg, shrinker)
  }

  /** reparent_shrinker_deferred(): what was put off for a group that goes is its parent's. */
  reparent(memcg: MemCgroup): void {
    for (const { deferred } of this.#registered.values()) deferred.reparent(memcg)
  }

  /** For a child cgroup only shrinkers that know of cgroups are called; for the root all are. Objects freed. */
  shrinkSlab(memcg: MemCgroup, priority: number, node = 0): number {
    let freed = 0
    if (!memcg.isRoot) {
      if (!memcg.online) return 0
      for (const shrinker of this.#bits.of(memcg)) {
        if (!this.#kernel.kmemAccounting && shrinker.nonslab !== true) continue
        freed += this.#shrinkOfMemcg(shrinker, memcg, priority, node)
      }
      return freed
    }
    for (const shrinker of this.#registered.keys()) {
      const result = this.#doShrinkSlab(shrinker, memcg, priority, node)
      if (result !== SHRINK_EMPTY) freed += result
    }
    return freed
  }

  /** An empty one loses its bit; a second look finds what was added meanwhile. */
  #shrinkOfMemcg(shrinker: Shrinker, memcg: MemCgroup, priority: number, node: number): number {
    const freed = this.#doShrinkSlab(shrinker, memcg, priority, node)
    if (freed !== SHRINK_EMPTY) return freed
    this.#bits.clear(memcg, shrinker)
    const again = this.#doShrinkSlab(shrinker, memcg, priority, node)
    if (again === SHRINK_EMPTY) return 0
    this.#bits.set(memcg, shrinker)
    return again
  }

  #doShrinkSlab(shrinker: Shrinker, memcg: MemCgroup, priority: number, node: number): number {
    // As there, the batch of before the count, which may change it.
    const { seeks, batch } = shrinker
    this.#kernel.spend(COST_NS.reclaimPass)
    const freeable = shrinker.countObjects({ memcg, nrToScan: 0, nrScanned: 0 })
    if (freeable === 0 || freeable === SHRINK_EMPTY) return freeable

    const registered = this.#registered.get(shrinker)
    const scan = new SlabScan(freeable, registered?.deferred.take(memcg, node) ?? 0, priority, {
      seeks,
      batch,
    })
    for (let { nrToScan } = scan; nrToScan > 0; { nrToScan } = scan) {
      const control: ShrinkControl = { memcg, nrToScan, nrScanned: nrToScan }
      const result = shrinker.scanObjects(control)
      if (registered !== undefined) registered.stat.calls++
      if (result === SHRINK_STOP) break
      this.#kernel.events.add('slabs_scanned', control.nrScanned)
      scan.add(control.nrScanned, result)
    }
    if (registered !== undefined) registered.stat.freed += scan.freed
    registered?.deferred.add(memcg, node, scan.deferred)
    return scan.freed
  }
}
