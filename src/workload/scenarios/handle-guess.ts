/**
 * Workload `handle-guess`: handles are closed behind the back of those who use them, as by a thread that guesses their
 * numbers. What is closed must say so, also when it is mapped or given away still; the next buffer gets the same number
 * and must be a new one. Then threads race in a file of their own, CREATE_BO against GEM_CLOSE of what it is about to
 * hand out.
 */
import type { Advice } from '../../device/gem-driver.js'
import type { BufferName, Program, Workload } from '../operation.js'
import { giveAway, makeFilled, newSeed, retire, verify, type Filled, type Stage } from '../steps.js'
import { Witnesses } from './witnesses.js'

const SIZES = [4096, 16384, 65536] as const
const GUESSES_A_FRAME = 4
const BYSTANDERS = 4
const THREADS = 3
const ITERATIONS = 4
/** A file's first buffers get the handles from 1 on, so these are the next ones. */
const HANDLES = 6

export class HandleGuess implements Workload {
  readonly #stage: Stage
  readonly #witnesses: Witnesses
  /** Nobody touches these, so nothing may happen to them. */
  readonly #bystanders: Filled[] = []

  constructor(stage: Stage) {
    this.#stage = stage
    this.#witnesses = new Witnesses(stage)
  }

  *frame(): Program {
    yield* this.#witnesses.stand()
    while (this.#bystanders.length < BYSTANDERS) {
      const filled = yield* makeFilled(this.#stage, this.#stage.random.pick(SIZES))
      if (filled === undefined) break
      this.#bystanders.push(filled)
    }
    for (let count = 0; count < GUESSES_A_FRAME; count++) yield* this.#guess()
    yield* this.#race()
    for (const filled of this.#bystanders) yield* verify(filled)
  }

  *drain(): Program {
    yield* this.#witnesses.dismiss()
    for (const filled of this.#bystanders.splice(0)) yield* retire(filled)
  }

  finish(): Program {
    return this.drain()
  }

  /** One buffer loses its handle, mapped or not, and the next one is given the number. */
  *#guess(): Program {
    const { random } = this.#stage
    const sizeBytes = random.pick(SIZES)
    const filled = yield* makeFilled(this.#stage, sizeBytes)
    if (filled === undefined) return
    const { buffer, seed } = filled
    const isMapped = random.integer(0, 1) === 0 && (yield { op: 'map', buffer }).result === 'ok'
    const isGiven = random.integer(0, 1) === 0
    if (isGiven) yield* giveAway(filled)
    yield { op: 'close-handle', buffer }
    yield* this.#useClosed(buffer)
    if (isMapped) {
      // The mapping keeps the memory, unless that was given away: then the kernel may take it.
      yield isGiven ? { op: 'touch', buffer } : { op: 'verify', buffer, seed }
      yield { op: 'unmap', buffer }
    }
    yield* this.#successor(sizeBytes)
    yield { op: 'close', buffer }
  }

  *#useClosed(buffer: BufferName): Program {
    const advices: readonly [Advice, Advice] = ['dontneed', 'willneed']
    yield { op: 'madvise', buffer, advice: this.#stage.random.pick(advices) }
    yield { op: 'export', buffer }
    yield { op: 'close-handle', buffer }
  }

  /** It may have the number, and neither the content nor the advice that the number had before. */
  *#successor(sizeBytes: number): Program {
    const buffer = this.#stage.name()
    if ((yield { op: 'create', buffer, sizeBytes, noexec: true }).result !== 'ok') return
    if ((yield { op: 'map', buffer }).result === 'ok') {
      yield { op: 'zeroed', buffer }
      const seed = newSeed(this.#stage)
      if ((yield { op: 'fill', buffer, seed }).result === 'ok') {
        yield { op: 'madvise', buffer, advice: 'willneed' }
        yield { op: 'verify', buffer, seed }
      }
      yield { op: 'unmap', buffer }
    }
    yield { op: 'close', buffer }
  }

  *#race(): Program {
    const buffer = this.#stage.name()
    if ((yield { op: 'open', buffer }).result !== 'ok') return
    yield { op: 'race-handles', buffer, threads: THREADS, iterations: ITERATIONS, handles: HANDLES }
    yield { op: 'close', buffer }
  }
}
