/**
 * A kernel path: code that stops at each point where another CPU could come between.
 *
 * A path is a generator. What it yields is the operation that it is about to do: take a lock, give it back, sleep for
 * memory, wake somebody. Ordinary use does each at once (runToCompletion); the scheduler of this folder lets other
 * paths run in between. An operation is reused as soon as the path goes on, so whoever keeps it copies its fields.
 */

export type OpKind =
  'lock' | 'trylock' | 'lock-ww' | 'unlock' | 'allocate' | 'enter-reclaim' | 'leave-reclaim' | 'wait' | 'wake'

export abstract class Op {
  kind: OpKind
  /** The kernel function that does it. */
  where = ''
  /** Which operation of the run it was first, by the scheduler; 0: none yet. The same in every run of a seed. */
  traceId = 0

  constructor(kind: OpKind) {
    this.kind = kind
  }

  /** Reads in a story, as in "takes shrinker_lock". */
  abstract get name(): string

  /** Does it while nobody else runs. What it comes to is what the path's yield answers. */
  abstract perform(): number
}

/** Answers of a trylock, and of a wound-wait lock that must back off (0: -EDEADLK). */
export const TAKEN = 1

export type Path<T> = Generator<Op, T, number>

/** Runs a path alone, as ordinary use of the machine does. */
export function runToCompletion<T>(path: Path<T>): T {
  let answer = 0
  for (;;) {
    const step = path.next(answer)
    if (step.done === true) return step.value
    answer = step.value.perform()
  }
}
