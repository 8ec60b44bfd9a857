/** Durations in the log-linear buckets of backend/program-calls.ts: percentiles that are right to 6.25 %. */
import { HISTOGRAM_BUCKETS } from '../backend/program-calls.js'

const SUB_BUCKETS = 16

/** The shortest duration of a bucket, in ns. */
export function bucketStartNs(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket
  const exponent = Math.floor(bucket / SUB_BUCKETS) + 3
  return (SUB_BUCKETS + (bucket % SUB_BUCKETS)) * 2 ** (exponent - 4)
}

export class LatencyHistogram {
  readonly count: number
  readonly #buckets: Float64Array

  constructor(buckets: Float64Array) {
    this.#buckets = buckets
    this.count = buckets.reduce((sum, count) => sum + count, 0)
  }

  /** The duration in ns that `percent` of all (above 0, up to 100) do not exceed: the longest of its bucket. */
  percentileNs(percent: number): number {
    if (!(percent > 0 && percent <= 100))
      throw new RangeError(`percent must be above 0, to 100, not ${percent}`)
    let left = Math.ceil((this.count * percent) / 100)
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count
      if (left <= 0 && this.count > 0) return Math.max(bucketStartNs(bucket + 1) - 1, bucketStartNs(bucket))
    }
    return 0
  }

  /** The buckets that are not empty, shortest first. */
  *entries(): Generator<{ readonly fromNs: number; readonly toNs: number; readonly count: number }> {
    for (let bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
      const count = this.#buckets[bucket] ?? 0
      if (count > 0) yield { fromNs: bucketStartNs(bucket), toNs: bucketStartNs(bucket + 1), count }
    }
  }
}
