/**
 * Operations and outcomes: the steps of a workload as data, so that they can be written down, compared and run again
 * on any board.
 */
import type { Advice } from '../device/gem-driver.js'

/** A buffer's name in a program: numbers from 0, never used twice by one actor. Handles are the kernel's own matter. */
export type BufferName = number

export type Operation =
  | {
      readonly op: 'create'
      readonly buffer: BufferName
      readonly sizeBytes: number
      readonly noexec: boolean
    }
  | { readonly op: 'map'; readonly buffer: BufferName }
  /** Writes the pattern of `seed` over the whole mapping. */
  | { readonly op: 'fill'; readonly buffer: BufferName; readonly seed: number }
  /** Checks the whole mapping, byte for byte, against the pattern of `seed`. */
  | { readonly op: 'verify'; readonly buffer: BufferName; readonly seed: number }
  /** Reads one byte of the mapping: enough to meet a purge. */
  | { readonly op: 'touch'; readonly buffer: BufferName }
  | { readonly op: 'unmap'; readonly buffer: BufferName }
  | { readonly op: 'madvise'; readonly buffer: BufferName; readonly advice: Advice }
  /** Makes a dma-buf of it, which is kept until the buffer is closed. */
  | { readonly op: 'export'; readonly buffer: BufferName }
  | { readonly op: 'close'; readonly buffer: BufferName }

export type OperationOutcome =
  | { readonly result: 'ok' }
  /** The answer of madvise. */
  | { readonly result: 'retained' }
  | { readonly result: 'purged' }
  /** verify: every byte is as it was written. */
  | { readonly result: 'intact' }
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
