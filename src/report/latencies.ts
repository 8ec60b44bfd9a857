/** How long operations took, by kind and actor. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { OperationEvent } from '../events/stress-event.js'

/** Whole microseconds. */
export interface Latency {
  readonly operation: string
  readonly actor: number
  readonly count: number
  readonly p50Us: number
  readonly p90Us: number
  readonly p99Us: number
  readonly maxUs: number
  /** How many took less than 1, 2, 4, 8... us, each counted once; without empty ones at the end. */
  readonly log2Counts: readonly number[]
}

interface Recorded {
  readonly operation: string
  readonly actor: number
  readonly histogram: RecordableHistogram
  readonly log2Counts: number[]
}

export class Latencies {
  readonly #recorded = new Map<string, Recorded>()

  observe({ operation: { op }, actor, durationUs }: OperationEvent): void {
    const key = `${op}/${actor}`
    let recorded = this.#recorded.get(key)
    if (recorded === undefined) {
      recorded = { operation: op, actor, histogram: createHistogram(), log2Counts: [] }
      this.#recorded.set(key, recorded)
    }
    // The histogram counts from 1.
    recorded.histogram.record(Math.max(1, Math.round(durationUs)))
    const bucket = durationUs < 1 ? 0 : Math.floor(Math.log2(durationUs)) + 1
    while (recorded.log2Counts.length <= bucket) recorded.log2Counts.push(0)
    recorded.log2Counts[bucket] = (recorded.log2Counts[bucket] ?? 0) + 1
  }

  /** Sorted by operation and actor. */
  list(): readonly Latency[] {
    return [...this.#recorded.values()]
      .map(({ operation, actor, histogram, log2Counts }) => ({
        operation,
        actor,
        count: histogram.count,
        p50Us: histogram.percentile(50),
        p90Us: histogram.percentile(90),
        p99Us: histogram.percentile(99),
        maxUs: histogram.max,
        log2Counts,
      }))
      .sort((a, b) => a.operation.localeCompare(b.operation) || a.actor - b.actor)
  }
}
