/** A series: runs one after the other, made from a list of plans. As data, so that a later process can go on with it. */
import type { StressPlan } from '../events/stress-event.js'
import { laterSeed } from '../stress/plan.js'

export interface SeriesItem {
  readonly name: string
  readonly plan: StressPlan
}

export interface Series {
  readonly items: readonly SeriesItem[]
  /** How many times the list is run, with the next seed each time; absent: without end. */
  readonly repeat?: number
  /** Ends at the first run that fails. */
  readonly untilFail: boolean
}

export interface SeriesRun extends SeriesItem {
  /** Name of its folder in that of the series. */
  readonly folder: string
}

/** Part `index` (from 1) of `count`: every count-th item. Throws RangeError when nothing is left. */
export function shardOf(items: readonly SeriesItem[], index: number, count: number): readonly SeriesItem[] {
  const part = items.filter((_item, at) => at % count === index - 1)
  if (part.length > 0) return part
  throw new RangeError(`shard ${index}/${count} of ${items.length} run(s) is empty: use fewer shards`)
}

/** All runs in order; without an end when the series has none. The same each time. */
export function* runsOf({ items, repeat }: Series): Generator<SeriesRun, void> {
  let number = 0
  for (let round = 0; repeat === undefined || round < repeat; round++) {
    for (const { name, plan } of items) {
      const folder = `${String(++number).padStart(4, '0')}-${name}`
      yield { name, folder, plan: { ...plan, seed: laterSeed(plan.seed, round) } }
    }
  }
}
