/**
 * Workload `madvise-storm`: the advice of the same buffers changes all the time, twice in the same direction too, while
 * the shrinker walks the list that they are put on and taken from. Some advices come one by one, some from threads on all
 * processors at once.
 */
import type { Program, Workload } from '../operation.js'
import { makeFilled, retire, takeBack, type Filled, type Stage } from '../steps.js'

const SIZES = [4096, 16384, 65536] as const
const TOGGLES = 64
/** One toggle in so many is one whose buffer is checked. */
const CHECKED_SHARE = 8
const RACED = 8
const RACE_ITERATIONS = 4
/** One processor shows no race, and so many show all. */
const THREADS = { least: 2, most: 16 } as const

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
    yield* this.#toggle()
    yield* this.#race()
  }

  *drain(): Program {
    for (const filled of this.#filled.splice(0)) yield* retire(filled)
  }

  finish(): Program {
    return this.drain()
  }

  *#toggle(): Program {
    const { random } = this.#stage
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

  /** Then each of them is asked what became of it, and checked. */
  *#race(): Program {
    const { random, processors } = this.#stage
    const begin = random.integer(0, Math.max(0, this.#filled.length - RACED))
    const raced = this.#filled.splice(begin, RACED)
    const [first, ...others] = raced.map(({ buffer }) => buffer)
    if (first === undefined) return
    const threads = Math.min(Math.max(processors, THREADS.least), THREADS.most)
    yield { op: 'race-madvise', buffer: first, others, threads, iterations: RACE_ITERATIONS }
    for (const filled of raced) if (yield* takeBack(filled)) this.#filled.push(filled)
  }
}
