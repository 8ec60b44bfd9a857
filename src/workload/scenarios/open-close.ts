/**
 * Workload `open-close`: files are opened, filled with buffers, given away in part, and closed with all that is in them,
 * so that the driver frees whole clients while the shrinker walks their buffers.
 */
import type { Program, Workload } from '../operation.js'
import { giveAway, makeFilled, retire, verify, type Filled, type Stage } from '../steps.js'
import { Witnesses } from './witnesses.js'

const SIZES = [4096, 16384, 131072] as const
const FILES_A_FRAME = 3
const BUFFERS_A_FILE = 6

export class OpenClose implements Workload {
  readonly #stage: Stage
  readonly #witnesses: Witnesses

  constructor(stage: Stage) {
    this.#stage = stage
    this.#witnesses = new Witnesses(stage)
  }

  *frame(): Program {
    yield* this.#witnesses.stand()
    for (let count = 0; count < FILES_A_FRAME; count++) yield* this.#client()
  }

  drain(): Program {
    return this.#witnesses.dismiss()
  }

  finish(): Program {
    return this.drain()
  }

  *#client(): Program {
    const { random } = this.#stage
    const file = this.#stage.name()
    if ((yield { op: 'open', buffer: file }).result !== 'ok') return
    const kept: Filled[] = []
    const given: Filled[] = []
    for (let count = 0; count < BUFFERS_A_FILE; count++) {
      const filled = yield* makeFilled(this.#stage, random.pick(SIZES), file)
      if (filled === undefined) break
      const isGiven = random.integer(0, 1) === 0
      if (isGiven) yield* giveAway(filled)
      ;(isGiven ? given : kept).push(filled)
    }
    for (const filled of kept) yield* verify(filled)
    const [first] = given
    if (first !== undefined) yield* retire(first)
    yield { op: 'close', buffer: file }
  }
}
