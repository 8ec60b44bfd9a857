/**
 * The list of cgroups by which MGLRU reclaims from the machine: lru_gen_rotate_memcg(), lru_gen_online_memcg(),
 * mm/vmscan.c (6.12). Each is in one of three generations, and in one of eight bins there.
 */
import type { MemCgroup } from './mem-cgroup.js'

const GENERATIONS = 3
const BINS = 8

/** Where a group goes after it was reclaimed from; null: it stays. */
export type Rotation = 'tail' | 'young' | null

interface Place {
  generation: number
  bin: number
  /** It is at the tail because it was spared once. */
  isTail: boolean
}

export class MemcgLru {
  readonly #random: (below: number) => number
  readonly #fifo = Array.from({ length: GENERATIONS * BINS }, () => new Set<MemCgroup>())
  readonly #places = new Map<MemCgroup, Place>()
  #sequence = 0

  /** `random(n)` is one of 0 to n - 1. */
  constructor(random: (below: number) => number) {
    this.#random = random
  }

  add(memcg: MemCgroup): void {
    const place: Place = { generation: this.#sequence % GENERATIONS, bin: this.#random(BINS), isTail: false }
    this.#places.set(memcg, place)
    this.#list(place).add(memcg)
  }

  remove(memcg: MemCgroup): void {
    const place = this.#places.get(memcg)
    if (place === undefined) return
    this.#list(place).delete(memcg)
    this.#places.delete(memcg)
    this.#advanceFrom(place.generation)
  }

  isTail(memcg: MemCgroup): boolean {
    return this.#places.get(memcg)?.isTail ?? true
  }

  rotate(memcg: MemCgroup, rotation: Rotation): void {
    const place = this.#places.get(memcg)
    if (rotation === null || place === undefined) return
    const old = place.generation
    this.#list(place).delete(memcg)
    if (rotation === 'young') place.generation = (this.#sequence + 1) % GENERATIONS
    place.bin = this.#random(BINS)
    place.isTail = rotation === 'tail'
    this.#list(place).add(memcg)
    this.#advanceFrom(old)
  }

  /** The groups of the oldest generation, from a bin chosen at random on. What is rotated meanwhile may come again. */
  *oldest(): Generator<MemCgroup> {
    const generation = this.#sequence % GENERATIONS
    const first = this.#random(BINS)
    for (let i = 0; i < BINS; i++) {
      const list = this.#list({ generation, bin: (first + i) % BINS, isTail: false })
      for (const memcg of list) yield memcg
    }
  }

  #list({ generation, bin }: Place): Set<MemCgroup> {
    const list = this.#fifo[generation * BINS + bin]
    if (list === undefined) throw new Error(`no list ${generation}, ${bin}`)
    return list
  }

  #advanceFrom(generation: number): void {
    if (generation !== this.#sequence % GENERATIONS) return
    for (const place of this.#places.values()) if (place.generation === generation) return
    this.#sequence++
  }
}
