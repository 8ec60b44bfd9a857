/** What is undone at the end of a run whatever happens, as AsyncDisposableStack does, which Node 20 does not have. */
import type { Clock } from '../board/clock.js'
import { KernelFileError } from '../observe/read.js'
import { withDeadline } from './deadline.js'

/** Longer than what any of them gives itself: swapoff has two minutes. */
const DEADLINE_MS = 180_000

export interface LeftBehind {
  /** For people: `the swap on /dev/zram1`. */
  readonly what: string
  /** Why it could not be undone. */
  readonly reason: string
  /** It did not end for so long, and may still. */
  readonly silentMs?: number
}

interface Step {
  readonly what: string
  readonly undo: () => Promise<unknown>
}

export class CleanUps {
  readonly #clock: Clock
  readonly #steps: Step[] = []
  readonly #onLeft: (left: LeftBehind) => void

  /** `onLeft`: called with each thing that stays. */
  constructor(clock: Clock, onLeft: (left: LeftBehind) => void) {
    this.#clock = clock
    this.#onLeft = onLeft
  }

  /** `undo` resolves with the reason, a text, when it cannot; or throws it. */
  add(what: string, undo: Step['undo']): void {
    this.#steps.push({ what, undo })
  }

  /**
   * Does the work, and then undoes all that was added meanwhile, the last first, also what comes after one that fails.
   * Throws what the work threw; else the first error of the clean-ups that is no refusal of the kernel's: those are told.
   */
  async after<T>(work: () => Promise<T>): Promise<T> {
    const outcome = await settle(work)
    const errors: unknown[] = []
    for (const step of this.#steps.splice(0).toReversed()) {
      const end = await settle(() => this.#undo(step))
      if ('error' in end) errors.push(end.error)
    }
    if ('error' in outcome) throw outcome.error
    if (errors.length > 0) throw errors[0]
    return outcome.value
  }

  async #undo({ what, undo }: Step): Promise<void> {
    const end = await settle(() => withDeadline(this.#clock, DEADLINE_MS, undo()))
    if ('error' in end) {
      this.#onLeft({ what, reason: end.error instanceof Error ? end.error.message : String(end.error) })
      if (!(end.error instanceof KernelFileError)) throw end.error
    } else if (end.value === 'late')
      this.#onLeft({ what, reason: `no answer for ${DEADLINE_MS / 1000} s`, silentMs: DEADLINE_MS })
    else if (typeof end.value === 'string') this.#onLeft({ what, reason: end.value })
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown }

async function settle<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}
