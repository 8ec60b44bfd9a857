/** Cases whose results changed from one side to the other. */
import type { CaseResult, ComparedRun } from './side.js'
import { LEAST_RUNS, probability } from './significance.js'

export type ResultCounts = Readonly<Partial<Record<CaseResult, number>>>

export interface Transition {
  readonly name: string
  /** How many runs of each side had which result. */
  readonly a: ResultCounts
  readonly b: ResultCounts
  /** By how often the case failed. */
  readonly direction: 'worse' | 'better' | 'other'
  /** Probability of such a difference by chance; absent with fewer than four runs on a side. */
  readonly probability?: number
}

/** Of runs of one group; undefined when nothing changed. */
export function transitionOf(
  name: string,
  a: readonly ComparedRun[],
  b: readonly ComparedRun[],
): Transition | undefined {
  const [before, after] = [resultsOf(name, a), resultsOf(name, b)]
  const [countsA, countsB] = [countOf(before), countOf(after)]
  const kinds = [...new Set([...before, ...after])].sort()
  const share = (counts: ResultCounts, kind: CaseResult, runs: number) => (counts[kind] ?? 0) / runs
  if (kinds.every((kind) => share(countsA, kind, a.length) === share(countsB, kind, b.length)))
    return undefined
  const moreFailures = share(countsB, 'fail', b.length) - share(countsA, 'fail', a.length)
  const direction = moreFailures > 0 ? 'worse' : moreFailures < 0 ? 'better' : 'other'
  const change = { name, a: countsA, b: countsB, direction } as const
  if (Math.min(a.length, b.length) < LEAST_RUNS) return change
  const number = (result: CaseResult) =>
    direction === 'other' ? kinds.indexOf(result) : Number(result === 'fail')
  return { ...change, probability: probability(before.map(number), after.map(number)) }
}

const resultsOf = (name: string, runs: readonly ComparedRun[]): CaseResult[] =>
  runs.map(({ cases }) => cases.get(name) ?? 'absent')

function countOf(results: readonly CaseResult[]): ResultCounts {
  const counts: Partial<Record<CaseResult, number>> = {}
  for (const result of results) counts[result] = (counts[result] ?? 0) + 1
  return counts
}
