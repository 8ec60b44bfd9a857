/** A run as test cases: what every format for test results is made from. */
import { ORACLE_NAMES, type PhaseTally } from '../events/stress-event.js'
import { isAboutEviction } from '../workload/scenarios/index.js'
import type { ResultJson } from './result-json.js'

export interface TestCase {
  /** Letters, digits, `-`, `_` and `.`. */
  readonly name: string
  readonly result: 'pass' | 'fail' | 'skip'
  /** Why it failed or was skipped. */
  readonly message?: string
  readonly durationMs?: number
  readonly measurement?: { readonly value: number; readonly units: string }
}

export interface TestSuite {
  readonly name: string
  readonly cases: readonly TestCase[]
}

/** A case for each pressure source, for each rule, and for the run as a whole. A suite without cases is left out. */
export function suitesOf(result: ResultJson): readonly TestSuite[] {
  return [
    { name: 'pressure', cases: result.phases.map((phase) => phaseCase(result, phase)) },
    { name: 'promises', cases: ORACLE_NAMES.map((name) => oracleCase(result, name)) },
    { name: 'run', cases: [reclaimedCase(result), completeCase(result)] },
  ].filter(({ cases }) => cases.length > 0)
}

function phaseCase(result: ResultJson, phase: ResultJson['phases'][number]): TestCase {
  const name = phase.pressure
  if ('refused' in phase) return { name, result: 'skip', message: phase.refused }
  const measured = { name, durationMs: phase.durationMs, measurement: reclaimed(result, phase) }
  return phase.cutOff
    ? { ...measured, result: 'skip', message: result.reason }
    : { ...measured, result: 'pass' }
}

/** What the workload is about. */
function reclaimed({ plan, driver }: ResultJson, tally: PhaseTally): NonNullable<TestCase['measurement']> {
  return isAboutEviction(plan.scenario, driver.name)
    ? { value: tally.evictedBytes ?? 0, units: 'bytes' }
    : { value: tally.purged, units: 'buffers' }
}

function oracleCase(result: ResultJson, name: (typeof ORACLE_NAMES)[number]): TestCase {
  const broken = result.oracles[name]
  if (broken > 0) {
    const first = result.violations.find((violation) => violation.startsWith(`${name}: `))
    return { name, result: 'fail', message: `${first?.slice(name.length + 2) ?? ''} (${broken} in all)` }
  }
  if (result.endedEarly)
    return {
      name,
      result: 'skip',
      message: `the run ended before it was judged to the end: ${result.reason}`,
    }
  if (
    name === 'held-is-never-purged' &&
    !result.latencies.some(({ operation }) => operation === 'export' || operation === 'import')
  )
    return { name, result: 'skip', message: 'the workload shared no buffer' }
  const unread = name === 'no-new-kernel-warning' ? unreadLog(result) : undefined
  return unread === undefined ? { name, result: 'pass' } : { name, result: 'skip', message: unread }
}

/** Why the kernel's log cannot be called clean; undefined when all of it was read. */
function unreadLog({ kernelLog: { readable, reason = '', lost } }: ResultJson): string | undefined {
  if (!readable) return `the kernel log is not readable: ${reason}`
  return lost > 0 ? `${lost} records of the kernel log were lost` : undefined
}

function reclaimedCase(result: ResultJson): TestCase {
  const { total, verdict, reason } = result
  const name = 'something-was-reclaimed'
  const measurement = reclaimed(result, total)
  return measurement.value > 0
    ? { name, result: 'pass', measurement }
    : { name, result: 'skip', message: verdict === 'inconclusive' ? reason : 'nothing was reclaimed' }
}

function completeCase({ complete, verdict, reason }: ResultJson): TestCase {
  const name = 'run-is-complete'
  return complete && verdict !== 'interrupted'
    ? { name, result: 'pass' }
    : { name, result: 'fail', message: reason }
}
