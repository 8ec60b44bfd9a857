/** Workload `mixed`: all others, a frame of one after a frame of another, in one process. */
import type { Program, Workload } from '../operation.js'
import type { Stage } from '../steps.js'

export class Mixed implements Workload {
  readonly #stage: Stage
  readonly #all: readonly [Workload, ...Workload[]]

  constructor(stage: Stage, all: readonly [Workload, ...Workload[]]) {
    this.#stage = stage
    this.#all = all
  }

  frame(): Program {
    return this.#stage.random.pick(this.#all).frame()
  }

  *drain(): Program {
    for (const workload of this.#all) yield* workload.drain()
  }

  *finish(): Program {
    for (const workload of this.#all) yield* workload.finish()
  }
}
