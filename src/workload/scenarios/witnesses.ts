/**
 * A few buffers that are given away and left alone: whether the kernel took any of them tells that the pressure reached
 * the shrinker while a workload did something else.
 */
import { giveAway, makeFilled, retire, type Filled, type Stage, type Steps } from '../steps.js'

const WITNESSES = 8
const WITNESS_BYTES = 128 * 1024

export class Witnesses {
  readonly #stage: Stage
  #filled: Filled[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Makes those that are missing. */
  *stand(): Steps<void> {
    while (this.#filled.length < WITNESSES) {
      const filled = yield* makeFilled(this.#stage, WITNESS_BYTES)
      if (filled === undefined) return
      yield* giveAway(filled)
      this.#filled.push(filled)
    }
  }

  /** Asks what became of each, and closes it. */
  *dismiss(): Steps<void> {
    const all = this.#filled
    this.#filled = []
    for (const filled of all) yield* retire(filled)
  }
}
