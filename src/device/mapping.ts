/** A mapping of a buffer into this process: mmap(2) until close(). */
import type { MapHandle, MemoryCalls } from '../backend/memory-calls.js'
import { checkRange, checkSeed } from './arguments.js'
import { ContentError, granted, grantedObject } from './errors.js'
import { Owned } from './owned.js'

/**
 * Every access runs outside JavaScript under a SIGBUS guard: touching a purged buffer throws PurgedError and never
 * ends the process.
 */
export class Mapping extends Owned {
  /** The Buffer or DmaBuf that is mapped: a mapping keeps it from being collected. */
  readonly owner: Owned
  readonly sizeBytes: number
  readonly #memory: MemoryCalls
  readonly #map: MapHandle
  readonly #subject: string

  /** Used by Buffer.map() and DmaBuf.map(). `forget` is called once, when the mapping is gone. */
  constructor(owner: Owned, memory: MemoryCalls, map: MapHandle, forget: () => void) {
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

  #access(request: string): { syscall: string; request: string; subject: string } {
    return { syscall: 'memory access', request, subject: this.#subject }
  }
}
