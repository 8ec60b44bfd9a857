/** The cache itself: size buckets and age, as in Mesa's pan_bo.c (11 buckets, from 2^12 to 2^22 bytes). */
import type { BufferName } from './operation.js'

export interface CachedBuffer {
  readonly buffer: BufferName
  readonly sizeBytes: number
  readonly noexec: boolean
  /** Seed of the pattern that the buffer was filled with. */
  readonly seed: number
  readonly putAtUs: number
}

const LEAST_BUCKET = 12
const MOST_BUCKET = 22

/** Buffers above 4 MiB share the top bucket. */
function bucketOf(sizeBytes: number): number {
  return Math.min(Math.max(Math.floor(Math.log2(sizeBytes)), LEAST_BUCKET), MOST_BUCKET)
}

export class BoCacheStore {
  /** In the order in which they were put: a Set keeps it, and removes in constant time. */
  readonly #byAge = new Set<CachedBuffer>()
  readonly #buckets = new Map<number, Set<CachedBuffer>>()

  get size(): number {
    return this.#byAge.size
  }

  put(entry: CachedBuffer): void {
    const index = bucketOf(entry.sizeBytes)
    const bucket = this.#buckets.get(index) ?? new Set()
    this.#buckets.set(index, bucket.add(entry))
    this.#byAge.add(entry)
  }

  /** The oldest that is large enough and has the same flags, taken out. */
  takeFitting(sizeBytes: number, noexec: boolean): CachedBuffer | undefined {
    for (const entry of this.#buckets.get(bucketOf(sizeBytes)) ?? []) {
      if (entry.sizeBytes >= sizeBytes && entry.noexec === noexec) return this.#take(entry)
    }
    return undefined
  }

  takeOldest(): CachedBuffer | undefined {
    const [oldest] = this.#byAge
    return oldest && this.#take(oldest)
  }

  /** All that were put before a time, oldest first, taken out. */
  takeOlderThan(timeUs: number): CachedBuffer[] {
    const old: CachedBuffer[] = []
    for (const entry of this.#byAge) {
      if (entry.putAtUs >= timeUs) break
      old.push(this.#take(entry))
    }
    return old
  }

  takeAll(): CachedBuffer[] {
    return this.takeOlderThan(Infinity)
  }

  #take(entry: CachedBuffer): CachedBuffer {
    this.#byAge.delete(entry)
    this.#buckets.get(bucketOf(entry.sizeBytes))?.delete(entry)
    return entry
  }
}
