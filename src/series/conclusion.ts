/** What came of a series. */
import type { Verdict } from '../events/stress-event.js'

export interface SeriesRunResult {
  readonly name: string
  readonly folder: string
  readonly seed: number
  /** error: the run could not be made, or the board was lost in it. */
  readonly verdict: Verdict | 'error'
  readonly reason: string
  /** Buffers. */
  readonly purged: number
  /** How many times it was begun before and cut off: the process ended, or the board, before there was a result. */
  readonly cutOff: number
}

export interface SeriesResult {
  readonly schema: 1
  readonly verdict: Verdict | 'error'
  readonly reason: string
  readonly runs: readonly SeriesRunResult[]
  readonly directory: string
}

/** The worst first: one of these makes the whole series so. */
const WORST_FIRST = ['fail', 'interrupted', 'error', 'inconclusive'] as const

/** A series passes when each of its runs did. `interrupted`: it ended before its last run. */
export function concludeSeries(
  runs: readonly SeriesRunResult[],
  directory: string,
  interrupted: boolean,
): SeriesResult {
  const count = (verdict: SeriesRunResult['verdict']) => runs.filter((run) => run.verdict === verdict).length
  const isSo = (verdict: (typeof WORST_FIRST)[number]) =>
    count(verdict) > 0 || (verdict === 'interrupted' && interrupted)
  const verdict = WORST_FIRST.find(isSo) ?? (runs.length === 0 ? 'inconclusive' : 'pass')
  const told = (['pass', ...WORST_FIRST] as const).filter((each) => count(each) > 0)
  const counts = told.map((each) => `${count(each)} ${each}`).join(', ')
  const lost = cutOffOf(runs)
  const remarks = [
    ...(lost > 0 ? [`${lost} attempt(s) cut off`] : []),
    ...(interrupted ? ['ended before its last run'] : []),
  ]
  const reason = [`${runs.length} run(s): ${counts || 'none'}`, ...remarks].join('; ')
  return { schema: 1, verdict, reason, runs, directory }
}

export function cutOffOf(runs: readonly SeriesRunResult[]): number {
  return runs.reduce((sum, { cutOff }) => sum + cutOff, 0)
}
