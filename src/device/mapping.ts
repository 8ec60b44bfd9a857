/** A mapping of a buffer into this process: mmap(2) until close(). */
import type { MapHandle, MemoryCalls } from '../backend/memory-calls.js'
import { checkRange, checkSeed } from './arguments.js'
import { ContentError, granted, grantedObject } from './errors.js'
import { Owned, type Closable } from './owned.js'

/**
 * Every access runs outside JavaScript under a SIGBUS guard: touching a purged buffer throws PurgedError and never
 * ends the process.
 */
export class Mapping extends Owned {
  /** The Buffer or DmaBuf that is mapped: a mapping keeps it from being collected. */
  readonly owner: Closable
  readonly sizeBytes: number
  readonly #memory: MemoryCalls
  readonly #map: MapHandle
  readonly #subject: string
  #bytes: Uint8Array | undefined

  /** Used by Buffer.map() and DmaBuf.map(). `forget` is called once, when the mapping is gone. */
  constructor(owner: Closable, memory: MemoryCalls, map: MapHandle, forget: () => void) {
    const subject = owner.toString()
    super(`mapping of ${subject}`, () => {
      memory.munmap(map)
      forget()
    })
    this.owner = owner
    this.sizeBytes = map.lengthBytes
    this.#memory = memory
    this.#map = map
    this.#subject = subject
  }

  /** Writes the pattern of `seed` (backend/memory-calls.ts) to [offset, offset + length), by default to all. */
  fill(seed: bigint, offset = 0, length?: number): void {
    this.assertOpen('fill')
    const range = checkRange(this.sizeBytes, offset, length)
    granted(this.#memory.fill(this.#map, checkSeed(seed), range.offset, range.length), this.#access('fill'))
  }

  /** Throws ContentError with the first offset that does not hold the pattern of `seed`; PurgedError. */
  verify(seed: bigint, offset = 0, length?: number): void {
    this.assertOpen('verify')
    const range = checkRange(this.sizeBytes, offset, length)
    const matched = granted(
      this.#memory.verify(this.#map, checkSeed(seed), range.offset, range.length),
      this.#access('verify'),
    )
    if (matched !== range.length) throw new ContentError(range.offset + matched, this.sizeBytes)
  }

  /**
   * verify() by a forked process, which then unmaps half of what it inherited, verifies the rest and ends; with `exec`
   * through execve(2). ContentError, PurgedError; DrmError EAGAIN, ENOMEM from fork(2), ECHILD when it was killed.
   */
  verifyInFork(seed: bigint, options: { readonly exec?: boolean } = {}): void {
    this.assertOpen('verifyInFork')
    const matched = granted(
      this.#memory.verifyInFork(this.#map, checkSeed(seed), options.exec ?? false),
      this.#access('fork'),
    )
    if (matched !== this.sizeBytes) throw new ContentError(matched, this.sizeBytes)
  }

  /** A copy of [offset, offset + length). Throws PurgedError. */
  read(offset = 0, length?: number): Uint8Array {
    this.assertOpen('read')
    const range = checkRange(this.sizeBytes, offset, length)
    return grantedObject(this.#memory.read(this.#map, range.offset, range.length), this.#access('read'))
  }

  /** Copies `bytes` to `offset`. Throws PurgedError. */
  write(offset: number, bytes: Uint8Array): void {
    this.assertOpen('write')
    checkRange(this.sizeBytes, offset, bytes.length)
    granted(this.#memory.write(this.#map, offset, bytes), this.#access('write'))
  }

  /**
   * Copies [offset, offset + length) (by default all) to `targetOffset` of another mapping of the same backend, outside
   * JavaScript. Throws PurgedError when either is purged. RangeError when it does not fit.
   */
  copyTo(target: Mapping, targetOffset = 0, offset = 0, length?: number): void {
    this.assertOpen('copyTo')
    target.assertOpen('copyTo')
    const range = checkRange(this.sizeBytes, offset, length)
    checkRange(target.sizeBytes, targetOffset, range.length)
    const { offset: from, length: bytes } = range
    granted(this.#memory.copy(target.#map, targetOffset, this.#map, from, bytes), this.#access('copyTo'))
  }

  /** XXH64, with seed 0, of [offset, offset + length), by default of all. Throws PurgedError. */
  hash(offset = 0, length?: number): bigint {
    this.assertOpen('hash')
    const range = checkRange(this.sizeBytes, offset, length)
    const outcome = this.#memory.hash(this.#map, range.offset, range.length)
    return grantedObject(outcome, this.#access('hash')).hash
  }

  /**
   * The memory itself, without a copy: the same array each time. After close() it reads zeroes (or is detached), and
   * harms nothing; transferring it to a worker copies it.
   *
   * DANGER: nothing guards it. Touching a purged page through it ends the process with SIGBUS. Keep the buffer
   * WILLNEED while you use it, or use read() and write(), which throw PurgedError instead.
   *
   * NotSupportedError in runtimes that forbid such arrays, and on the fake backend: nothing tells a simulated kernel of
   * the accesses to an array, so that it could neither fault pages in nor raise SIGBUS.
   */
  get bytes(): Uint8Array {
    this.assertOpen('bytes')
    this.#bytes ??= grantedObject(this.#memory.bytes(this.#map), {
      ...this.#access('bytes'),
      advice: 'this memory cannot be lent to JavaScript as an array: use read() and write()',
    })
    return this.#bytes
  }

  #access(request: string): { syscall: string; request: string; subject: string } {
    return { syscall: 'memory access', request, subject: this.#subject }
  }
}
