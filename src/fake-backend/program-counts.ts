/** What the threads of a program count for one kind of operation: ProgramOpReport while it grows. */
import { bucketOfNs, HISTOGRAM_BUCKETS, type ProgramOpReport } from '../backend/program-calls.js'

/** Results that are no errnos. */
export const PURGED = -1_000_001
export const CORRUPT = -1_000_002

export class OpCounts {
  #count = 0
  #purged = 0
  #corrupt = 0
  #totalNs = 0
  #minimumNs = Infinity
  #maximumNs = 0
  readonly #errors = new Map<number, number>()
  readonly #histogram = new Float64Array(HISTOGRAM_BUCKETS)

  get count(): number {
    return this.#count
  }

  /** One that came to `result`: 0 or more, a negative errno, PURGED or CORRUPT. */
  add(result: number, durationNs: number): void {
    const ns = Math.floor(durationNs)
    const bucket = bucketOfNs(ns)
    this.#histogram[bucket] = (this.#histogram[bucket] ?? 0) + 1
    this.#count++
    this.#totalNs += ns
    this.#minimumNs = Math.min(this.#minimumNs, ns)
    this.#maximumNs = Math.max(this.#maximumNs, ns)
    if (result === PURGED) this.#purged++
    else if (result === CORRUPT) this.#corrupt++
    else if (result < 0) this.#errors.set(-result, (this.#errors.get(-result) ?? 0) + 1)
  }

  report(): ProgramOpReport {
    return {
      count: this.#count,
      purged: this.#purged,
      corrupt: this.#corrupt,
      errors: Object.fromEntries(this.#errors),
      totalNs: this.#totalNs,
      minimumNs: this.#count === 0 ? 0 : this.#minimumNs,
      maximumNs: this.#maximumNs,
      histogram: this.#histogram,
    }
  }
}
