/** Who runs next. A strategy puts runnable threads on CPUs and picks one of them for each step. */
import type { Random } from './random.js'
import type { Thread } from './thread.js'

export const STRATEGIES = ['random', 'pct'] as const
export type StrategyName = (typeof STRATEGIES)[number]

export interface Strategy {
  /** A runnable thread that is on a CPU now; null when none is runnable. */
  pick(threads: readonly Thread[], step: number): Thread | null
}

/** Each step a CPU by chance, and now and then another thread on it. */
export class RandomStrategy implements Strategy {
  readonly #random: Random
  readonly #cpus: (Thread | null)[]
  /** One in so many steps preempts. */
  readonly #preemptOneIn: number

  constructor(random: Random, cpus: number, preemptOneIn = 8) {
    this.#random = random
    this.#cpus = new Array<Thread | null>(cpus).fill(null)
    this.#preemptOneIn = preemptOneIn
  }

  pick(threads: readonly Thread[]): Thread | null {
    const cpus = this.#cpus
    const first = this.#random.below(cpus.length)
    for (let i = 0; i < cpus.length; i++) {
      const cpu = (first + i) % cpus.length
      let thread = cpus[cpu] ?? null
      // Who spins keeps its CPU.
      if (thread?.state === 'waits-for-lock' && thread.waitsFor?.type === 'spinlock') continue
      const runs = thread?.state === 'runnable'
      if (!runs || (thread?.spinlocks === 0 && this.#random.chance(this.#preemptOneIn))) {
        const other = this.#waiting(threads)
        if (other !== null || !runs) {
          if (thread !== null) thread.cpu = -1
          cpus[cpu] = thread = other
          if (other !== null) other.cpu = cpu
        }
      }
      if (thread !== null) return thread
    }
    return null
  }

  /** One of the runnable threads that have no CPU. */
  #waiting(threads: readonly Thread[]): Thread | null {
    let count = 0
    for (const thread of threads) if (thread.state === 'runnable' && thread.cpu < 0) count++
    if (count === 0) return null
    let index = this.#random.below(count)
    for (const thread of threads) {
      if (thread.state === 'runnable' && thread.cpu < 0 && index-- === 0) return thread
    }
    return null
  }
}

/**
 * Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): the thread of the highest priority runs, and at
 * a few steps that were drawn beforehand it falls below all others. Finds a bug that needs d orderings with a
 * probability of at least 1 in threads * steps^(d-1).
 */
export class PctStrategy implements Strategy {
  readonly #cpus: number
  readonly #changes: number[]
  #lowest = 0

  constructor(random: Random, cpus: number, threads: readonly Thread[], depth = 3, expectedSteps = 400) {
    this.#cpus = cpus
    this.#changes = Array.from({ length: depth }, () => random.below(expectedSteps)).sort((a, b) => a - b)
    const order = [...threads]
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.below(i + 1)
      const [a, b] = [order[i], order[j]]
      if (a !== undefined && b !== undefined) [order[i], order[j]] = [b, a]
    }
    order.forEach((thread, i) => (thread.priority = i + 1))
  }

  pick(threads: readonly Thread[], step: number): Thread | null {
    let best: Thread | null = null
    for (const thread of threads) {
      if (thread.state === 'runnable' && (best === null || thread.priority > best.priority)) best = thread
    }
    if (best === null) return null
    if (this.#changes.length > 0 && step >= (this.#changes[0] ?? 0)) {
      this.#changes.shift()
      best.priority = --this.#lowest
      return this.pick(threads, step)
    }
    best.cpu = best.id % this.#cpus
    return best
  }
}
