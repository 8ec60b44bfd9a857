/** result.json: what came of a run, for programs. The same object is what --json prints. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PhaseTally, StressPlan, Verdict } from '../events/stress-event.js'
import type { StressResult } from '../stress/recorder.js'
import { VERSION } from '../version.js'
import { RESULT_FILE } from './result-directory.js'

export interface ResultJson {
  readonly gemrig: string
  readonly board: { readonly kind: string; readonly description: string }
  readonly verdict: Verdict
  readonly reason: string
  readonly plan: StressPlan
  readonly operations: number
  readonly phases: readonly (
    ({ readonly pressure: string } & PhaseTally) | { readonly pressure: string; readonly refused: string }
  )[]
  readonly total: PhaseTally
  readonly violations: readonly string[]
  readonly directory: string
}

export function makeResultJson(
  result: StressResult,
  board: { kind: string; description: string },
  directory: string,
): ResultJson {
  return {
    gemrig: VERSION,
    board: { kind: board.kind, description: board.description },
    verdict: result.verdict,
    reason: result.reason,
    plan: result.plan,
    operations: result.operations,
    phases: result.phases.map((phase) =>
      'tally' in phase
        ? { pressure: phase.phase, ...phase.tally }
        : { pressure: phase.phase, refused: phase.refused },
    ),
    total: result.total,
    violations: result.violations,
    directory,
  }
}

export function writeResultJson(result: ResultJson): void {
  writeFileSync(join(result.directory, RESULT_FILE), `${JSON.stringify(result, undefined, 2)}\n`)
}
