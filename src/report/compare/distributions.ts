/** Measures of runs, a value for each run, and whether their distributions differ. */
import { median } from 'simple-statistics'
import type { ComparedRun } from './side.js'
import { discoveryRates, LEAST_RUNS, probability } from './significance.js'

export interface Distribution {
  readonly name: string
  /** A value for each run. */
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly medianA: number
  readonly medianB: number
  /** The false discovery rate at which the difference counts; absent with fewer than four runs on a side. */
  readonly discoveryRate?: number
}

export interface NamedMeasure {
  /** With its group. */
  readonly name: string
  readonly a: readonly number[]
  readonly b: readonly number[]
}

/** Of runs of one group. Measures that a side has not are left out: a transition tells that. */
export function measuresOf(a: readonly ComparedRun[], b: readonly ComparedRun[]): NamedMeasure[] {
  const names = new Set([...a, ...b].flatMap(({ measures }) => [...measures.keys()]))
  return [...names].flatMap((name) => {
    const valuesOf = (runs: readonly ComparedRun[]) =>
      runs.flatMap(({ measures }) => measures.get(name) ?? [])
    const [before, after] = [valuesOf(a), valuesOf(b)]
    return before.length > 0 && after.length > 0 ? [{ name, a: before, b: after }] : []
  })
}

/** All measures of a comparison at once, as the false discovery rate is one of all tests. */
export function distributionsOf(measures: readonly NamedMeasure[]): readonly Distribution[] {
  const plain = measures.map((one) => ({ ...one, medianA: median([...one.a]), medianB: median([...one.b]) }))
  const isTested = ({ a, b }: NamedMeasure) => Math.min(a.length, b.length) >= LEAST_RUNS
  const tested = plain.filter(isTested)
  const rates = discoveryRates(tested.map(({ a, b }) => probability(a, b)))
  return [
    ...tested.map((one, index) => ({ ...one, discoveryRate: rates[index] ?? 1 })),
    ...plain.filter((one) => !isTested(one)),
  ]
}
