/** Pieces of programs that several workloads are made of. */
import type { BufferName, Operation, OperationOutcome } from './operation.js'
import type { Random } from './random.js'

/** A piece of a program that comes to a result. */
export type Steps<T> = Generator<Operation, T, OperationOutcome>

/** A buffer with the pattern of `seed` in it, not mapped. */
export interface Filled {
  readonly buffer: BufferName
  readonly seed: number
}

/** What every workload of an actor shares. */
export interface Stage {
  readonly random: Random
  /** Microseconds of the board's time. */
  readonly now: () => number
  /** Most buffers that exist at a time. */
  readonly buffers: number
  /** Of the board. */
  readonly processors: number
  /** A name that was never used. */
  readonly name: () => BufferName
}

const MOST_SEED = 0x7fffffff

export function newSeed({ random }: Stage): number {
  return random.integer(1, MOST_SEED)
}

/** Creates and fills one. Undefined, and nothing is left, when the kernel refuses. */
export function* makeFilled(stage: Stage, sizeBytes: number, file?: BufferName): Steps<Filled | undefined> {
  const buffer = stage.name()
  const inFile = file === undefined ? {} : { file }
  const made = yield { op: 'create', buffer, sizeBytes, noexec: true, ...inFile }
  return made.result === 'ok' ? yield* fill(stage, buffer) : undefined
}

/** Fills what was made, through a mapping that is closed again. Closes it when there is no memory for that. */
export function* fill(stage: Stage, buffer: BufferName): Steps<Filled | undefined> {
  const seed = newSeed(stage)
  const isFilled =
    (yield { op: 'map', buffer }).result === 'ok' && (yield { op: 'fill', buffer, seed }).result === 'ok'
  yield isFilled ? { op: 'unmap', buffer } : { op: 'close', buffer }
  return isFilled ? { buffer, seed } : undefined
}

/** Checks the content. Does nothing when it cannot be mapped now, for want of memory. */
export function* verify({ buffer, seed }: Filled): Steps<void> {
  const mapped = yield { op: 'map', buffer }
  if (mapped.result !== 'ok') return
  yield { op: 'verify', buffer, seed }
  yield { op: 'unmap', buffer }
}

export function* giveAway({ buffer }: Filled): Steps<void> {
  yield { op: 'madvise', buffer, advice: 'dontneed' }
}

/** Takes it back: true when it was retained, and is verified then. A purged one must say so again, and is closed. */
export function* takeBack(filled: Filled): Steps<boolean> {
  const { buffer } = filled
  const answer = yield { op: 'madvise', buffer, advice: 'willneed' }
  if (answer.result !== 'purged') {
    yield* verify(filled)
    return true
  }
  yield { op: 'madvise', buffer, advice: 'willneed' }
  const mapped = yield { op: 'map', buffer }
  if (mapped.result === 'ok') {
    yield { op: 'touch', buffer }
    yield { op: 'unmap', buffer }
  }
  yield { op: 'close', buffer }
  return false
}

/** Takes back and closes. */
export function* retire(filled: Filled): Steps<void> {
  if (yield* takeBack(filled)) yield { op: 'close', buffer: filled.buffer }
}
