/** A run as test cases: what every format for test results is made from. */
import { ORACLE_NAMES } from '../events/stress-event.js'
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

/** A case for each pressure source, for each rule, and for the run as a whole. */
export function suitesOf(result: ResultJson): readonly TestSuite[] {
  return [
    { name: 'pressure', cases: result.phases.map(phaseCase) },
    { name: 'promises', cases: ORACLE_NAMES.map((name) => oracleCase(result, name)) },
    { name: 'run', cases: [reclaimedCase(result), completeCase(result)] },
  ]
}

function phaseCase(phase: ResultJson['phases'][number]): TestCase {
  const name = phase.pressure
  if ('refused' in phase) return { name, result: 'skip', message: phase.refused }
  const measurement = { value: phase.purged, units: 'buffers' }
  return { name, result: 'pass', durationMs: phase.durationMs, measurement }
}

function oracleCase(result: ResultJson, name: (typeof ORACLE_NAMES)[number]): TestCase {
  const broken = result.oracles[name]
  if (broken > 0) {
    const first = result.violations.find((violation) => violation.startsWith(`${name}: `))
    return { name, result: 'fail', message: `${first?.slice(name.length + 2) ?? ''} (${broken} in all)` }
  }
  if (
    name === 'held-is-never-purged' &&
    !result.latencies.some(({ operation }) => operation === 'export' || operation === 'import')
  )
    return { name, result: 'skip', message: 'the workload shared no buffer' }
  if (name === 'no-new-kernel-warning' && !result.kernelLog.readable)
    return {
      name,
      result: 'skip',
      message: `the kernel log is not readable: ${result.kernelLog.reason ?? ''}`,
    }
  return { name, result: 'pass' }
}

function reclaimedCase({ total, verdict, reason }: ResultJson): TestCase {
  const name = 'something-was-reclaimed'
  return total.purged > 0
    ? { name, result: 'pass', measurement: { value: total.purged, units: 'buffers' } }
    : { name, result: 'skip', message: verdict === 'inconclusive' ? reason : 'nothing was reclaimed' }
}

function completeCase({ complete, verdict, reason }: ResultJson): TestCase {
  const name = 'run-is-complete'
  return complete && verdict !== 'interrupted'
    ? { name, result: 'pass' }
    : { name, result: 'fail', message: reason }
}
