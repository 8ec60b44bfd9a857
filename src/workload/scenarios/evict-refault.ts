/**
 * Workload `evict-refault`: buffers that are needed all the time, on drivers whose shrinker writes such buffers to swap.
 * Whatever the kernel evicts must come back byte for byte when the CPU touches it, however often.
 */
import type { Program, Workload } from '../operation.js'
import { fill, newSeed, verify, type Filled, type Stage, type Steps } from '../steps.js'

const SIZES = [4096, 65536, 262144, 1048576] as const
/** Of all buffers, so many are looked at in a frame: the others stay evicted for a while. */
const TOUCHED_SHARE = 16

interface Evictable extends Filled {
  /** Stays mapped, so that page table entries are taken away from under it. */
  readonly isMapped: boolean
}

export class EvictRefault implements Workload {
  readonly #stage: Stage
  readonly #all: Evictable[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  *frame(): Program {
    const { random, buffers } = this.#stage
    while (this.#all.length < buffers) {
      if (!(yield* this.#make())) break
    }
    yield* this.#look()
    for (let count = 0; count < Math.max(1, buffers / TOUCHED_SHARE) && this.#all.length > 0; count++) {
      const index = random.integer(0, this.#all.length - 1)
      const found = this.#all[index]
      if (found === undefined) break
      yield* this.#refault(found)
      if (random.integer(0, 3) === 0) this.#all[index] = yield* this.#refill(found)
    }
    if (random.integer(0, 7) === 0) {
      const [oldest] = this.#all.splice(0, 1)
      if (oldest !== undefined) yield { op: 'close', buffer: oldest.buffer }
    }
  }

  *drain(): Program {
    yield* this.#look()
    for (const each of this.#all) yield* this.#refault(each)
  }

  *finish(): Program {
    yield* this.drain()
    for (const { buffer } of this.#all.splice(0)) yield { op: 'close', buffer }
  }

  *#make(): Steps<boolean> {
    const { random } = this.#stage
    const buffer = this.#stage.name()
    const made = yield { op: 'create', buffer, sizeBytes: random.pick(SIZES), noexec: false }
    if (made.result !== 'ok') return false
    const filled = yield* fill(this.#stage, buffer)
    if (filled === undefined) return false
    const isMapped = random.integer(0, 1) === 0 && (yield { op: 'map', buffer }).result === 'ok'
    this.#all.push({ ...filled, isMapped })
    return true
  }

  /** How much of it all is evicted. */
  *#look(): Program {
    const [first] = this.#all
    if (first !== undefined) yield { op: 'residency', buffer: first.buffer }
  }

  *#refault(each: Evictable): Program {
    if (each.isMapped) yield { op: 'verify', buffer: each.buffer, seed: each.seed }
    else yield* verify(each)
  }

  /** Other content, so that an old copy in swap is noticed. */
  *#refill(each: Evictable): Steps<Evictable> {
    const { buffer, isMapped } = each
    const seed = newSeed(this.#stage)
    if (!isMapped && (yield { op: 'map', buffer }).result !== 'ok') return each
    const filled = yield { op: 'fill', buffer, seed }
    if (!isMapped) yield { op: 'unmap', buffer }
    return filled.result === 'ok' ? { ...each, seed } : each
  }
}
