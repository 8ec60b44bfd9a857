/**
 * Runs a list of operations on several threads, without JavaScript in the loop.
 *
 * A program is a Uint32Array of PROGRAM_WORDS words for each operation: operation, slot, a, b. A slot is a place for one
 * buffer; each thread has slots of its own. What is left in them at the end is given back.
 */
import type { BatchDriver } from './batch-calls.js'
import type { NegativeErrno } from './outcome.js'

export const PROGRAM_WORDS = 4

/** What an operation does with its slot; a and b where it takes some. A refused one leaves the slot as it was. */
export const PROGRAM_OP = {
  /** A new buffer of `a` bytes, with the driver's flags `b`, into the slot; EEXIST when it is taken. */
  create: 0,
  /** Closes the slot's buffer, after its mapping. */
  close: 1,
  /** The driver's mmap request and mmap(2). */
  map: 2,
  unmap: 3,
  /** Advises `a`. */
  madvise: 4,
  /** Writes the pattern of seed `b << 32 | a` to the mapping. */
  fill: 5,
  /** Checks it. A difference counts as corrupt. */
  verify: 6,
  /** Reads one byte of each page. */
  touch: 7,
  /** A dma-buf of `a` bytes from the heap into the slot; `map`, `fill` and `close` then work on it. */
  heapAllocate: 8,
  /** Sleeps `a` microseconds. */
  sleep: 9,
  /** GEM_CLOSE of handle `a`, whoever's it is; the slot plays no part. EINVAL when nothing has that handle. */
  closeHandle: 10,
  /** Advises `b` of handle `a`, whoever's it is; the slot plays no part. ENOENT when nothing has that handle. */
  madviseHandle: 11,
} as const

export type ProgramOp = keyof typeof PROGRAM_OP

export const PROGRAM_SLOTS = 4096
export const PROGRAM_THREADS = 256

export interface ProgramRequest {
  readonly driver: BatchDriver
  /** The DRM file of all threads. */
  readonly fd: number
  /** For heapAllocate; absent when the program has none. */
  readonly heapFd?: number
  readonly code: Uint32Array
  /** 1 to PROGRAM_THREADS. */
  readonly threads: number
  /** How often each thread runs the list, 1 to 2^32 - 1. */
  readonly iterations: number
}

/** Counts of one kind of operation, over all threads. */
export interface ProgramOpReport {
  readonly count: number
  /** Answers of madvise that told of a purge, and accesses that raised SIGBUS. */
  readonly purged: number
  /** Checks that found another content, in buffers that did not raise SIGBUS. */
  readonly corrupt: number
  /** How often each errno was answered. */
  readonly errors: Readonly<Record<number, number>>
  readonly totalNs: number
  readonly minimumNs: number
  readonly maximumNs: number
  /**
   * How many took how long. Bucket i holds durations of exactly i ns for i below 16; above, 16 buckets for each power of
   * two: with e = floor(i / 16) + 3 and m = i % 16, from (16 + m) * 2^(e - 4) ns on. So a bucket is 6.25 % wide.
   */
  readonly histogram: Float64Array
}

export const HISTOGRAM_BUCKETS = 976

/** The bucket of ProgramOpReport.histogram that a duration in whole ns belongs to. */
export function bucketOfNs(ns: number): number {
  if (ns < 16) return ns
  let exponent = Math.floor(Math.log2(ns))
  // log2 rounds up just below large powers of two.
  if (2 ** exponent > ns) exponent--
  return (exponent - 3) * 16 + (Math.floor(ns / 2 ** (exponent - 4)) & 15)
}

export interface ProgramReport {
  /** By the names of PROGRAM_OP; those that the program does not have are absent. */
  readonly operations: Readonly<Partial<Record<ProgramOp, ProgramOpReport>>>
  /** Lists that were run to their end, over all threads. */
  readonly iterations: number
  /** From the first operation to the last, in ns. */
  readonly elapsedNs: number
  /** Whether stop() ended it. */
  readonly stopped: boolean
}

export interface RunningProgram {
  /** Resolves when all threads have ended and their slots are empty. Never rejects. */
  readonly result: Promise<ProgramReport | NegativeErrno>
  /** Threads stop after the operation that they are in. */
  stop(): void
}

export interface ProgramCalls {
  /** Starts it. A TypeError for an unknown operation or a slot out of range. EAGAIN when no thread can be started. */
  run(request: ProgramRequest): RunningProgram
}
