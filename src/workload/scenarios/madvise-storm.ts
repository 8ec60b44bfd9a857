/**
 * Workload `madvise-storm`: the advice of the same buffers changes all the time, twice in the same direction too, while
 * the shrinker walks the list that they are put on and taken from.
 */
import type { Program, Workload } from '../operation.js'
import { makeFilled, retire, takeBack, type Filled, type Stage } from '../steps.js'

const SIZES = [4096, 16384, 65536] as const
const TOGGLES = 64
/** One toggle in so many is one whose buffer is checked. */
const CHECKED_SHARE = 8

export class MadviseStorm implements Workload {
  readonly #stage: Stage
  readonly #filled: Filled[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  *frame(): Program {
    const { random, buffers } = this.#stage
    while (this.#filled.length < buffers) {
      const filled = yield* makeFilled(this.#stage, random.pick(SIZES))
      if (filled === undefined) break
      this.#filled.push(filled)
    }
    for (let count = 0; count < TOGGLES && this.#filled.length > 0; count++) {
      const index = random.integer(0, this.#filled.length - 1)
      const filled = this.#filled[index]
      if (filled === undefined) break
      if (random.integer(1, CHECKED_SHARE) === 1) {
        if (!(yield* takeBack(filled))) this.#filled.splice(index, 1)
        continue
      }
      const advice = random.integer(0, 3) === 0 ? 'willneed' : 'dontneed'
      const answer = yield { op: 'madvise', buffer: filled.buffer, advice }
      if (answer.result === 'purged') {
        yield { op: 'close', buffer: filled.buffer }
        this.#filled.splice(index, 1)
      }
    }
  }

  *drain(): Program {
    for (const filled of this.#filled.splice(0)) yield* retire(filled)
  }

  finish(): Program {
    return this.drain()
  }
}
