/**
 * A kernel path: code that stops at each point where another CPU could come between.
 *
 * A path is a generator. What it yields is the operation that it is about to do: take a lock, give it back, sleep for
 * memory, wake somebody. Ordinary use does each at once (runToCompletion); the scheduler of this folder lets other
 * paths run in between. An operation is reused as soon as the path goes on, so whoever keeps it copies its fields.
 *
 * Most of the time nobody steps, and to stop there costs more than all else that a path does. Paths that are called
 * often write `if (lock.take('function')) yield lock` for `yield lock.lock('function')`: one path, which stops only
 * where somebody looks.
 */

let stepping = false

/** Whether a scheduler steps paths now, so that they must stop at each operation. */
export function isStepping(): boolean {
  return stepping
}

/** By the scheduler, around its run. The value before. */
export function setStepping(value: boolean): boolean {
  const before = stepping
  stepping = value
  return before
}

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
  let step = path.next(0)
  while (step.done !== true) step = path.next(step.value.perform())
  return step.value
}
