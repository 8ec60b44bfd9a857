/**
 * Operations and outcomes: the steps of a workload as data, so that they can be written down, compared and run again
 * on any board.
 */
import type { Advice } from '../device/gem-driver.js'

/** A buffer's name in a program: numbers from 0, never used twice by one actor. Handles are the kernel's own matter. */
export type BufferName = number

/** An open file of the device besides the actor's own, by its name; absent: the actor's own. */
interface InFile {
  readonly file?: BufferName
}

/** `buffer` is the name of what the operation makes or works on: a buffer, a dma-buf, or a file. */
export type Operation =
  | ({
      readonly op: 'create'
      readonly buffer: BufferName
      readonly sizeBytes: number
      /** Where the driver has that option; elsewhere no buffer is executable or all are. */
      readonly noexec: boolean
    } & InFile)
  | { readonly op: 'map'; readonly buffer: BufferName }
  /** Writes the pattern of `seed` over the whole mapping. */
  | { readonly op: 'fill'; readonly buffer: BufferName; readonly seed: number }
  /** Checks the whole mapping, byte for byte, against the pattern of `seed`. */
  | { readonly op: 'verify'; readonly buffer: BufferName; readonly seed: number }
  /** Checks that the whole mapping is zero, as all memory is that the kernel hands out. */
  | { readonly op: 'zeroed'; readonly buffer: BufferName }
  /** Reads one byte of the mapping: enough to meet a purge. */
  | { readonly op: 'touch'; readonly buffer: BufferName }
  | { readonly op: 'unmap'; readonly buffer: BufferName }
  | { readonly op: 'madvise'; readonly buffer: BufferName; readonly advice: Advice }
  /** Makes a dma-buf of it, which is kept until the buffer is closed. */
  | { readonly op: 'export'; readonly buffer: BufferName }
  /** Imports what `from` was exported as, or the dma-buf `from`. */
  | ({ readonly op: 'import'; readonly buffer: BufferName; readonly from: BufferName } & InFile)
  /** A dma-buf of a heap's. */
  | {
      readonly op: 'heap-allocate'
      readonly buffer: BufferName
      readonly heap: string
      readonly sizeBytes: number
    }
  /** A dma-buf over sealed memory of our own. */
  | { readonly op: 'udmabuf'; readonly buffer: BufferName; readonly sizeBytes: number }
  /**
   * Closes its handle by the number, as another thread of the client may that guesses handles. The name stays, with a
   * handle behind it that nothing has.
   */
  | { readonly op: 'close-handle'; readonly buffer: BufferName }
  /**
   * Threads make, advise (where the driver takes advice), map and close buffers in the file `buffer`, each of them closing the handles 1 to `handles`
   * too, whoever's they are; and so `iterations` times. Refused with the first error that no such race explains.
   */
  | {
      readonly op: 'race-handles'
      readonly buffer: BufferName
      readonly threads: number
      readonly iterations: number
      readonly handles: number
    }
  /**
   * Threads advise `buffer` and `others` at once, `iterations` times: each thread gives all of them away and takes all of
   * them back. So whichever thread is the last one, all are needed afterwards.
   */
  | {
      readonly op: 'race-madvise'
      readonly buffer: BufferName
      readonly others: readonly BufferName[]
      readonly threads: number
      readonly iterations: number
    }
  /** `verify` by a forked process, which unmaps half of it and ends, through `exec` or not. */
  | {
      readonly op: 'verify-in-fork'
      readonly buffer: BufferName
      readonly seed: number
      readonly exec: boolean
    }
  /**
   * Gives the GPU a job that uses it and writes its first 8 bytes as they are. The job's description is written to the
   * buffer `chain`. Both are mapped.
   */
  | { readonly op: 'submit'; readonly buffer: BufferName; readonly chain: BufferName }
  /** Waits until all jobs that use it are over. */
  | { readonly op: 'wait'; readonly buffer: BufferName }
  /** How much of the memory of all buffers in its file is not resident. */
  | { readonly op: 'residency'; readonly buffer: BufferName }
  /** Another open file of the device. Closing it closes all that was made in it. */
  | { readonly op: 'open'; readonly buffer: BufferName }
  | { readonly op: 'close'; readonly buffer: BufferName }

export type OperationOutcome =
  | { readonly result: 'ok' }
  /** The answer of madvise. */
  | { readonly result: 'retained' }
  | { readonly result: 'purged' }
  /** The answers of all advices of a race-madvise, counted. */
  | { readonly result: 'raced'; readonly retained: number; readonly purged: number }
  /** verify: every byte is as it was written. */
  | { readonly result: 'intact' }
  /** wait: the GPU has executed the jobs. */
  | { readonly result: 'completed' }
  /** wait: the driver gave a job up, as the GPU did not complete it in time. */
  | { readonly result: 'timed-out' }
  /** residency: so much is not. `ok` when nothing is, or when the driver does not tell. */
  | { readonly result: 'evicted'; readonly bytes: number }
  /** verify: the first byte that is not. */
  | { readonly result: 'corrupt'; readonly offset: number }
  /** The access raised SIGBUS (PurgedError). */
  | { readonly result: 'sigbus' }
  | { readonly result: 'refused'; readonly code: string; readonly request: string }

/** Operations one by one; each yield answers with what came of it. */
export type Program = Generator<Operation, void, OperationOutcome>

/** Makes operations for one actor. */
export interface Workload {
  /** A frame's worth of work. */
  frame(): Program
  /** Takes back all that was given to the kernel as not needed, and checks each piece. */
  drain(): Program
  /** Closes everything. */
  finish(): Program
}
