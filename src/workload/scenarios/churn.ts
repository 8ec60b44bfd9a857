/**
 * Workload `churn`: buffers are made, given away and closed as fast as the kernel allows, so that the shrinker meets
 * buffers that are about to be freed (fixed for Panfrost in Linux 5.4, drm/panfrost: Remove purged BOs from mm list).
 */
import type { Program, Workload } from '../operation.js'
import { giveAway, makeFilled, retire, type Filled, type Stage } from '../steps.js'

const SIZES = [4096, 8192, 65536, 262144] as const
/** One in so many is taken back and checked; the others are closed while the kernel may be purging them. */
const CHECKED_SHARE = 4

export class Churn implements Workload {
  readonly #stage: Stage
  #waiting: Filled[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  *frame(): Program {
    const { random, buffers } = this.#stage
    while (this.#waiting.length < buffers) {
      const filled = yield* makeFilled(this.#stage, random.pick(SIZES))
      if (filled === undefined) break
      yield* giveAway(filled)
      this.#waiting.push(filled)
    }
    const leaving = this.#waiting.splice(0, random.integer(1, Math.max(1, this.#waiting.length)))
    for (const filled of leaving) {
      if (random.integer(1, CHECKED_SHARE) === 1) yield* retire(filled)
      else yield { op: 'close', buffer: filled.buffer }
    }
  }

  *drain(): Program {
    for (const filled of this.#waiting.splice(0)) yield* retire(filled)
  }

  finish(): Program {
    return this.drain()
  }
}
