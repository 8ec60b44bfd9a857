/** What the shrinker core keeps for each shrinker, node and cgroup: nr_deferred and struct shrinker_info, mm/shrinker.c (6.12). */
import type { MemCgroup } from './mem-cgroup.js'
import type { Shrinker } from './shrinker.js'

/** Work that was put off, because it was less than a batch or could not be done. */
export class DeferredWork {
  readonly #shrinker: Shrinker
  readonly #ofNode = new Map<number, number>()
  readonly #ofMemcg = new Map<MemCgroup, number>()

  constructor(shrinker: Shrinker) {
    this.#shrinker = shrinker
  }

  /** xchg_nr_deferred(): takes all of it. */
  take(memcg: MemCgroup, node: number): number {
    const nr = this.#get(memcg, node)
    this.#set(memcg, node, 0)
    return nr
  }

  /** add_nr_deferred(). */
  add(memcg: MemCgroup, node: number, nr: number): void {
    if (nr > 0) this.#set(memcg, node, this.#get(memcg, node) + nr)
  }

  reparent(memcg: MemCgroup): void {
    const nr = this.#ofMemcg.get(memcg) ?? 0
    this.#ofMemcg.delete(memcg)
    if (nr > 0 && memcg.parent !== null) this.add(memcg.parent, 0, nr)
  }

  #get(memcg: MemCgroup, node: number): number {
    const { memcgAware, numaAware = false } = this.#shrinker
    return (memcgAware ? this.#ofMemcg.get(memcg) : this.#ofNode.get(numaAware ? node : 0)) ?? 0
  }

  #set(memcg: MemCgroup, node: number, nr: number): void {
    const { memcgAware, numaAware = false } = this.#shrinker
    if (memcgAware) this.#ofMemcg.set(memcg, nr)
    else this.#ofNode.set(numaAware ? node : 0, nr)
  }
}

/** Which memcg-aware shrinkers may have something to free in a cgroup: shrinker_info_unit.map. */
export class ShrinkerBitmap {
  readonly #bits = new WeakMap<MemCgroup, Set<Shrinker>>()

  set(memcg: MemCgroup, shrinker: Shrinker): void {
    const bits = this.#bits.get(memcg) ?? new Set<Shrinker>()
    bits.add(shrinker)
    this.#bits.set(memcg, bits)
  }

  clear(memcg: MemCgroup, shrinker: Shrinker): void {
    this.#bits.get(memcg)?.delete(shrinker)
  }

  /** A copy: bits may change while the shrinkers are called. */
  of(memcg: MemCgroup): Shrinker[] {
    return [...(this.#bits.get(memcg) ?? [])]
  }
}
