/** One side of a comparison: runs that were made under one condition, one kernel say, as cases and measures. */
import type { ConformRun } from '../../conform/conform-run.js'
import { suitesOf, type TestCase } from '../cases.js'
import type { Latency } from '../latencies.js'
import type { ResultJson } from '../result-json.js'

/** `seen`: a suspicious kernel message. `absent`: other runs of the same scenario have the case, this one has not. */
export type CaseResult = TestCase['result'] | 'inconclusive' | 'interrupted' | 'seen' | 'absent'

/** What is compared of one run. */
export interface ComparedRun {
  /** The scenario, or `conform`: runs of one group are compared with each other. */
  readonly group: string
  /** What it ran on and what it ran, for people. */
  readonly condition: Readonly<Record<string, string>>
  /** By the case's name: `promises/retained-is-intact`. */
  readonly cases: ReadonlyMap<string, CaseResult>
  /** By the measure's name, which ends with its unit: `create, median us`. */
  readonly measures: ReadonlyMap<string, number>
}

/** It was cut off or interrupted: what it did not come to says nothing. */
export function isIncomplete({ cases }: ComparedRun): boolean {
  return cases.get('run/run-is-complete') === 'fail'
}

export function comparedStress(result: ResultJson): ComparedRun {
  const cases = new Map<string, CaseResult>([['verdict', result.verdict]])
  for (const suite of suitesOf(result))
    for (const one of suite.cases) cases.set(`${suite.name}/${one.name}`, one.result)
  for (const { name, severity, count, expected, notJudged = 0 } of result.kernelLog.messages) {
    if (severity === 'information' || count <= expected + notJudged) continue
    cases.set(`kernel log/${name}`, severity === 'suspicious' ? 'seen' : 'fail')
  }
  const { plan } = result
  return {
    group: plan.scenario,
    condition: {
      board: result.board.description,
      driver: `${result.driver.name} ${result.driver.version}`,
      gemrig: result.gemrig,
      actors: String(plan.actors),
      buffers: String(plan.buffers),
      duration: `${plan.durationMs / 1000} s`,
      pressure: plan.pressure.join(', '),
    },
    cases,
    measures: measuresOf(result),
  }
}

export function comparedConform(run: ConformRun): ComparedRun {
  const drivers = Object.entries(run.drivers).map(([name, version]) => `${name} ${version}`)
  return {
    group: 'conform',
    condition: { board: run.title, driver: drivers.join(', ') },
    cases: new Map(run.rows.map(({ id, outcome }) => [id, outcome])),
    measures: new Map(),
  }
}

function measuresOf(result: ResultJson): Map<string, number> {
  const measures = new Map<string, number>()
  const seconds = result.durationMs / 1000
  if (seconds > 0) measures.set('operations per second', result.operations / seconds)
  for (const phase of result.phases) {
    if (!('refused' in phase) && !phase.cutOff && phase.purgeable > 0)
      measures.set(`${phase.pressure}, purged %`, (100 * phase.purged) / phase.purgeable)
  }
  for (const operation of new Set(result.latencies.map((latency) => latency.operation))) {
    const latencies = result.latencies.filter((latency) => latency.operation === operation)
    measures.set(`${operation}, median us`, meanOfActors(latencies, 'p50Us'))
    measures.set(`${operation}, 99 % us`, meanOfActors(latencies, 'p99Us'))
  }
  return measures
}

/** Actors of a scenario do the same work; those that did more of it weigh more. */
function meanOfActors(latencies: readonly Latency[], quantile: 'p50Us' | 'p99Us'): number {
  const count = latencies.reduce((sum, latency) => sum + latency.count, 0)
  return latencies.reduce((sum, latency) => sum + latency[quantile] * latency.count, 0) / count
}
