/**
 * Workload `bo-cache`: the buffer cache of Mesa's Panfrost driver, which is what a desktop does to the shrinker.
 *
 * A buffer that is no longer in use is unmapped, advised DONTNEED and kept; the next allocation that fits takes the
 * oldest one back with WILLNEED, and closes it if the kernel purged it meanwhile. What Mesa does not do is check:
 * here every buffer is filled with a pattern of its own, and a retained one is verified byte for byte when it comes
 * back. Order of allocation and the two seconds of life follow Mesa 24.3, src/panfrost/lib/pan_bo.c.
 */
import { BoCacheStore, type CachedBuffer } from './bo-cache-store.js'
import type { BufferName, Program, Workload } from './operation.js'
import type { Random } from './random.js'
import type { Stage, Steps } from './steps.js'

/** How long a buffer stays in the cache, as in Mesa; looked at only when another one is put. */
const CACHE_LIFE_US = 2_000_000
/** A frame allocates up to this share of all buffers: desktops come in bursts, and the cache keeps what a burst left. */
const BURST_SHARE = 2
/** One buffer in this many stays in use across frames, as textures do: those must never be purged. */
const RESIDENT_SHARE = 4
const MOST_SEED = 0x7fffffff

const KIB = 1024
/** Sizes of Mesa's code (descriptors, shaders, command-stream chunks, batch pools), and textures. */
const SIZES: readonly [number, ...number[]] = [
  4 * KIB,
  4 * KIB,
  16 * KIB,
  32 * KIB,
  64 * KIB,
  64 * KIB,
  256 * KIB,
  256 * KIB,
  512 * KIB,
  1536 * KIB,
]

/** The driver that this workload is written for: flags and cache are those of its user-space driver. */
export const WORKLOAD_DRIVER = 'panfrost'

/** Mean size of this workload's buffers. */
export const MEAN_BUFFER_BYTES = SIZES.reduce((sum, size) => sum + size, 0) / SIZES.length
/** Fewer buffers than this leave nothing to cache. */
export const LEAST_BUFFERS = 8

interface UsedBuffer {
  readonly buffer: BufferName
  readonly sizeBytes: number
  readonly noexec: boolean
  readonly seed: number
}

export class BoCache implements Workload {
  readonly #random: Random
  readonly #now: () => number
  readonly #most: number
  readonly #store = new BoCacheStore()
  readonly #resident: UsedBuffer[] = []
  /** Purged, but not yet seen to raise SIGBUS, as mapping a purged buffer needs pages and there were none. */
  #unconfirmed: CachedBuffer[] = []
  readonly #name: () => BufferName
  #inUse = 0

  /** At least LEAST_BUFFERS buffers, in use and cached together. */
  constructor(stage: Stage) {
    this.#random = stage.random
    this.#now = stage.now
    this.#most = stage.buffers
    this.#name = stage.name
  }

  *frame(): Program {
    const inUse: UsedBuffer[] = []
    const allocations = this.#random.integer(1, Math.floor(this.#most / BURST_SHARE))
    for (let count = 0; count < allocations; count++) {
      this.#inUse = inUse.length
      const used = yield* this.#allocate(this.#random.pick(SIZES), this.#random.integer(0, 3) !== 0)
      if (used === undefined) continue
      if (this.#resident.length < this.#most / RESIDENT_SHARE) this.#resident.push(used)
      else inUse.push(used)
    }
    yield* this.#verifyOneResident()
    for (const used of inUse) yield* this.#put(used)
  }

  *drain(): Program {
    for (const entry of this.#store.takeAll()) yield* this.#retire(entry)
    const unconfirmed = this.#unconfirmed
    this.#unconfirmed = []
    for (const entry of unconfirmed) yield* this.#confirmPurged(entry)
    for (const used of this.#resident) yield { op: 'verify', buffer: used.buffer, seed: used.seed }
  }

  *finish(): Program {
    yield* this.drain()
    for (const entry of this.#unconfirmed.splice(0)) yield { op: 'close', buffer: entry.buffer }
    for (const used of this.#resident.splice(0)) {
      yield { op: 'unmap', buffer: used.buffer }
      yield { op: 'close', buffer: used.buffer }
    }
  }

  /** From the cache; else from the kernel; else once more from the kernel when the cache was emptied. */
  *#allocate(sizeBytes: number, noexec: boolean): Steps<UsedBuffer | undefined> {
    const cached = yield* this.#fetch(sizeBytes, noexec)
    if (cached !== undefined) return cached
    while (this.#existing >= this.#most) {
      const oldest = this.#store.takeOldest()
      if (oldest === undefined) return undefined
      yield* this.#retire(oldest)
    }
    const made = yield* this.#create(sizeBytes, noexec)
    if (made !== undefined) return made
    for (const entry of this.#store.takeAll()) yield* this.#retire(entry)
    return yield* this.#create(sizeBytes, noexec)
  }

  get #existing(): number {
    return this.#store.size + this.#inUse + this.#resident.length + this.#unconfirmed.length
  }

  *#create(sizeBytes: number, noexec: boolean): Steps<UsedBuffer | undefined> {
    const buffer = this.#name()
    const made = yield { op: 'create', buffer, sizeBytes, noexec }
    if (made.result !== 'ok') return undefined
    return (yield* this.#mapped(buffer)) ? yield* this.#use({ buffer, sizeBytes, noexec }) : undefined
  }

  /** Walks the cache, oldest first, past what was purged, to one that still has its pages. */
  *#fetch(sizeBytes: number, noexec: boolean): Steps<UsedBuffer | undefined> {
    for (;;) {
      const entry = this.#store.takeFitting(sizeBytes, noexec)
      if (entry === undefined) return undefined
      if (yield* this.#takenBack(entry)) return yield* this.#use(entry)
    }
  }

  /** Advises WILLNEED. True when it is retained, mapped and verified; otherwise it is dealt with already. */
  *#takenBack(entry: CachedBuffer): Steps<boolean> {
    const { buffer, seed } = entry
    const answer = yield { op: 'madvise', buffer, advice: 'willneed' }
    if (answer.result !== 'retained') {
      yield* this.#confirmPurged(entry)
      return false
    }
    if (!(yield* this.#mapped(buffer))) return false
    yield { op: 'verify', buffer, seed }
    return true
  }

  /** Maps, or closes the buffer when the kernel refuses. */
  *#mapped(buffer: BufferName): Steps<boolean> {
    const mapped = yield { op: 'map', buffer }
    if (mapped.result === 'ok') return true
    yield { op: 'close', buffer }
    return false
  }

  *#use({ buffer, sizeBytes, noexec }: Omit<UsedBuffer, 'seed'>): Steps<UsedBuffer> {
    const seed = this.#random.integer(1, MOST_SEED)
    yield { op: 'fill', buffer, seed }
    return { buffer, sizeBytes, noexec, seed }
  }

  *#verifyOneResident(): Program {
    if (this.#resident.length === 0) return
    const used = this.#resident[this.#random.integer(0, this.#resident.length - 1)]
    if (used !== undefined) yield { op: 'verify', buffer: used.buffer, seed: used.seed }
  }

  *#put(used: UsedBuffer): Program {
    const { buffer } = used
    yield { op: 'unmap', buffer }
    yield { op: 'madvise', buffer, advice: 'dontneed' }
    const now = this.#now()
    this.#store.put({ ...used, putAtUs: now })
    for (const entry of this.#store.takeOlderThan(now - CACHE_LIFE_US)) yield* this.#retire(entry)
  }

  /** Closes a cached buffer, but not without asking what became of it. */
  *#retire(entry: CachedBuffer): Program {
    if (!(yield* this.#takenBack(entry))) return
    yield { op: 'unmap', buffer: entry.buffer }
    yield { op: 'close', buffer: entry.buffer }
  }

  /** A purged buffer must say so again, and raise SIGBUS when it is touched. */
  *#confirmPurged(entry: CachedBuffer): Program {
    const { buffer } = entry
    yield { op: 'madvise', buffer, advice: 'willneed' }
    const mapped = yield { op: 'map', buffer }
    if (mapped.result !== 'ok') {
      this.#unconfirmed.push(entry)
      return
    }
    yield { op: 'touch', buffer }
    yield { op: 'unmap', buffer }
    yield { op: 'close', buffer }
  }
}
