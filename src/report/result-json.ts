/** result.json: what came of a run, for programs; docs/schema/result.schema.json. The same is what --json prints. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  InterleavingsEvent,
  LeftBehindEvent,
  OomKillEvent,
  OracleName,
  PhaseTally,
  StressPlan,
  Verdict,
} from '../events/stress-event.js'
import { writeWhole } from '../files/write-whole.js'
import type { KernelLogSummary } from './kernel-log-summary.js'
import type { Latency } from './latencies.js'
import { missingField, type Fields } from './fields.js'
import { RESULT_FILE, ResultDirectoryError } from './result-directory.js'

/** `cutOff`: the journal ends within the phase, before its OOM kills were counted. */
export type PhaseJson =
  | ({ readonly pressure: string; readonly cutOff?: true } & PhaseTally)
  | { readonly pressure: string; readonly refused: string }

export interface ResultJson {
  /** Counts up when a field changes its meaning or goes away. */
  readonly schema: 1
  readonly gemrig: string
  readonly board: { readonly kind: string; readonly description: string; readonly hostname?: string }
  readonly driver: { readonly name: string; readonly version: string; readonly node: string }
  /** The board's date when the run began: ISO 8601, UTC. */
  readonly startedAt?: string
  readonly verdict: Verdict
  readonly reason: string
  /** False when the journal ends before the run did. */
  readonly complete: boolean
  /** Interrupted, hung or cut off: rules that were not broken until then could have been broken later. */
  readonly endedEarly: boolean
  /** The command that does it again. */
  readonly replay: string
  readonly plan: StressPlan
  readonly operations: number
  readonly durationMs: number
  readonly phases: readonly PhaseJson[]
  readonly total: PhaseTally
  /** Messages of broken rules, the first ones. */
  readonly violations: readonly string[]
  /** How often each rule was broken. */
  readonly oracles: Readonly<Record<OracleName, number>>
  readonly kernelLog: KernelLogSummary
  /** Whom the OOM killer took, as the kernel's log tells it, the first ones; absent when it told of nobody. */
  readonly oomKills?: readonly Omit<OomKillEvent, 'type'>[]
  /** What the run made or changed on the machine and could not undo; absent when that is nothing. The next start tries again. */
  readonly leftBehind?: readonly Omit<LeftBehindEvent, 'type' | 't'>[]
  /** Where the kernel is a simulated one: what was looked for by stepping it, and what was found. */
  readonly interleavings?: readonly Omit<InterleavingsEvent, 'type' | 't'>[]
  readonly latencies: readonly Latency[]
  /** Processor time of a sample, and of all of them as a share of one processor over the run. */
  readonly sampling: { readonly samples: number; readonly meanUs: number; readonly share: number }
  readonly directory: string
}

/** What is used of one that is read back. */
const USED: Fields = {
  gemrig: 'string',
  verdict: 'string',
  reason: 'string',
  board: { description: 'string' },
  driver: { name: 'string' },
  plan: { scenario: 'string', seed: 'number' },
  operations: 'number',
  durationMs: 'number',
  total: { purgeable: 'number', purged: 'number', verified: 'number' },
  oracles: 'object',
  kernelLog: { lost: 'number' },
}

/** Undefined when there is none, or a torn one. Throws ResultDirectoryError when it is not gemrig's. */
export function readResultJson(directory: string): ResultJson | undefined {
  const path = join(directory, RESULT_FILE)
  let result: unknown
  try {
    result = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
  const missing = missingField(result, USED)
  if (missing === undefined) return result as ResultJson
  throw new ResultDirectoryError(`${path} is no result of gemrig's: it has no ${missing}`)
}

/** Throws ResultDirectoryError. */
export function writeResultJson(result: ResultJson): void {
  const path = join(result.directory, RESULT_FILE)
  try {
    writeWhole(path, `${JSON.stringify(result, undefined, 2)}\n`)
  } catch (error) {
    throw new ResultDirectoryError(`cannot write ${path} (${(error as NodeJS.ErrnoException).code ?? ''})`)
  }
}
