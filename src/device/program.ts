/** Programs of operations that threads run, without the caller's code in the loop: backend/program-calls.ts. */
import { PROGRAM_OP, PROGRAM_SLOTS, PROGRAM_THREADS, PROGRAM_WORDS } from '../backend/program-calls.js'
import type { ProgramOp, ProgramOpReport } from '../backend/program-calls.js'
import { checkSeed, checkSizeBytes, MAX_BUFFER_BYTES } from './arguments.js'
import type { DrmFile } from './drm-file.js'
import { refused } from './errors.js'
import { ADVICE_NUMBER, type Advice, type GemDriver } from './gem-driver.js'
import type { Heap } from './heap.js'
import { LatencyHistogram } from './latency-histogram.js'

/** One operation on a slot of the thread that runs it; a slot holds one buffer. */
export type ProgramOperation =
  | { readonly op: 'create' | 'heapAllocate'; readonly slot: number; readonly sizeBytes: number }
  | { readonly op: 'close' | 'map' | 'unmap' | 'touch'; readonly slot: number }
  | { readonly op: 'madvise'; readonly slot: number; readonly advice: Advice }
  | { readonly op: 'fill' | 'verify'; readonly slot: number; readonly seed: bigint }
  | { readonly op: 'sleep'; readonly microseconds: number }
  /** Closes a handle by its number, whoever's it is: what a program does that guesses handles. */
  | { readonly op: 'closeHandle'; readonly handle: number }
  /** Advises a handle by its number, so that several threads can advise the same buffer at once. */
  | { readonly op: 'madviseHandle'; readonly handle: number; readonly advice: Advice }

export interface ProgramOptions {
  readonly operations: readonly ProgramOperation[]
  /** 1 to 256; 1 unless told. */
  readonly threads?: number
  /** How often each thread runs the list; until the signal unless told. */
  readonly iterations?: number
  /** Ends the program after the operation that each thread is in; the promise resolves all the same. */
  readonly signal?: AbortSignal
}

/** ProgramOpReport with its histogram made usable. */
export interface ProgramOpResult extends Omit<ProgramOpReport, 'histogram'> {
  readonly latency: LatencyHistogram
}

export interface ProgramResult {
  readonly operations: Readonly<Partial<Record<ProgramOp, ProgramOpResult>>>
  readonly iterations: number
  readonly elapsedNs: number
  readonly stopped: boolean
}

const FOREVER = 2 ** 32 - 1
const MAX_HANDLE = 2 ** 32 - 1

/** The words of a program. RangeError for a slot, size or time that does not fit. */
export function encodeProgram(operations: readonly ProgramOperation[], createFlags = 0): Uint32Array {
  const code = new Uint32Array(operations.length * PROGRAM_WORDS)
  for (const [i, operation] of operations.entries()) {
    const slot = 'slot' in operation ? operation.slot : 0
    if (!Number.isInteger(slot) || slot < 0 || slot >= PROGRAM_SLOTS) {
      throw new RangeError(`slot must be a whole number from 0 to ${PROGRAM_SLOTS - 1}, not ${slot}`)
    }
    code.set([PROGRAM_OP[operation.op], slot, ...operandsOf(operation, createFlags)], i * PROGRAM_WORDS)
  }
  return code
}

function operandsOf(operation: ProgramOperation, createFlags: number): [number, number] {
  switch (operation.op) {
    case 'create':
      return [checkSizeBytes(operation.sizeBytes, 'sizeBytes', MAX_BUFFER_BYTES), createFlags]
    case 'heapAllocate':
      return [checkSizeBytes(operation.sizeBytes, 'sizeBytes', MAX_BUFFER_BYTES), 0]
    case 'madvise':
      return [ADVICE_NUMBER[operation.advice], 0]
    case 'fill':
    case 'verify': {
      const seed = checkSeed(operation.seed)
      return [Number(seed & 0xffff_ffffn), Number(seed >> 32n)]
    }
    case 'sleep':
      return [checkSizeBytes(operation.microseconds, 'microseconds', FOREVER), 0]
    case 'closeHandle':
      return [checkSizeBytes(operation.handle, 'handle', MAX_HANDLE), 0]
    case 'madviseHandle':
      return [checkSizeBytes(operation.handle, 'handle', MAX_HANDLE), ADVICE_NUMBER[operation.advice]]
    default:
      return [0, 0]
  }
}

/** Used by Device.runProgram(). */
export async function runProgram(
  file: DrmFile,
  driver: GemDriver,
  options: ProgramOptions,
  heap: Heap | undefined,
): Promise<ProgramResult> {
  const { operations, threads = 1, iterations = FOREVER, signal } = options
  if (!Number.isInteger(threads) || threads < 1 || threads > PROGRAM_THREADS) {
    throw new RangeError(`threads must be a whole number from 1 to ${PROGRAM_THREADS}, not ${threads}`)
  }
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > FOREVER) {
    throw new RangeError(`iterations must be a whole number from 1 to ${FOREVER}, not ${iterations}`)
  }
  if (options.iterations === undefined && signal === undefined) {
    throw new RangeError('a program needs iterations, or a signal that ends it')
  }
  const running = file.backend.program.run({
    driver: driver.batch,
    fd: file.fd,
    ...(heap !== undefined && { heapFd: heap.openFd('runProgram') }),
    code: encodeProgram(operations, driver.flags({ sizeBytes: 1 })?.flags),
    threads,
    iterations,
  })
  const stop = () => running.stop()
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  const held = {
    result: running.result.then((report) => (typeof report === 'number' ? report : 0)),
    cancel: stop,
  }
  void file.pending.run(() => held)
  const report = await running.result
  signal?.removeEventListener('abort', stop)
  if (typeof report === 'number') {
    throw refused(report, { syscall: 'program', request: 'run' })
  }
  const results = Object.entries(report.operations).map(([op, { histogram, ...counts }]) => {
    return [op, { ...counts, latency: new LatencyHistogram(histogram) }]
  })
  return { ...report, operations: Object.fromEntries(results) as ProgramResult['operations'] }
}
