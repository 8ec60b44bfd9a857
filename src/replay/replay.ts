/** Runs a recorded program again, on this or another board, and judges what comes of it. */
import type { Board } from '../board/board.js'
import type { DeviceChoice } from '../device/open-device.js'
import type { OracleName, StressEvent, ViolationEvent } from '../events/stress-event.js'
import { Judge } from '../oracle/judge.js'
import { IN_USE, mayDisrupt } from '../pressure/dedicated.js'
import { compareOutcomes, type Difference } from './compare-outcomes.js'
import type { RecordedProgram } from './journal-steps.js'
import { minimise } from './minimise.js'
import { outcomeText, stepText, type Step, type StepOutcome } from './step.js'
import { runWatched, type WatchedRun } from './watched-run.js'

export interface ReplayOptions {
  /** A board for each run; the same one again where there is only one. */
  readonly makeBoard: () => Board
  readonly device: DeviceChoice
  /** The caches of the machine may be dropped although it is in use. */
  readonly allowDisruptive?: boolean
  /** When it breaks a rule: look for the shortest program that breaks the same one. */
  readonly minimise: boolean
  readonly signal?: AbortSignal
}

export interface ReplayResult {
  readonly steps: number
  /** Buffers that were purged now, and in the recorded run. */
  readonly purged: number
  readonly purgedThen: number
  /** Why nothing is shown, although no rule was broken. */
  readonly inconclusive?: string
  /** Rules that were broken, in the order in which they were. */
  readonly violations: readonly ViolationEvent[]
  /** Outcomes that are not those of the journal. Which buffers a kernel purges is its own choice, so these are no errors. */
  readonly differences: readonly Difference<Step>[]
  /** The shortest program that breaks the first of the rules. */
  readonly shortest?: readonly Step[]
  readonly interrupted: boolean
}

/** Throws RangeError on a machine that is in use, DrmError when the device cannot be opened. */
export async function replay(program: RecordedProgram, options: ReplayOptions): Promise<ReplayResult> {
  const { signal } = options
  const first = await run(program.steps, program, options)
  const { outcomes } = first
  const violations = judge(program, first)
  const [broken] = violations
  const shortest =
    broken === undefined || !options.minimise
      ? undefined
      : await minimise(
          program.steps.slice(0, outcomes.length),
          async (candidate) =>
            breaks(broken.oracle, { ...program, steps: candidate }, await run(candidate, program, options)),
          signal,
        )
  const purged = countPurged(program.steps, outcomes)
  const purgedThen = countPurged(program.steps, program.outcomes)
  const inconclusive =
    violations.length > 0 ? undefined : whyInconclusive(outcomes.length, purged, purgedThen)
  return {
    steps: outcomes.length,
    purged,
    purgedThen,
    ...(inconclusive !== undefined && { inconclusive }),
    violations,
    differences: compareOutcomes(
      program.steps.slice(0, outcomes.length),
      program.outcomes,
      outcomes,
      outcomeText,
    ),
    ...(shortest !== undefined && { shortest }),
    interrupted: signal?.aborted === true,
  }
}

/** Buffers, by their names: a purged one says so each time that it is asked. */
function countPurged(steps: readonly Step[], outcomes: readonly StepOutcome[]): number {
  const purged = new Set<string>()
  for (const [at, outcome] of outcomes.entries()) {
    const step = steps[at]
    if (outcome.result !== 'purged' || step === undefined || 'reclaim' in step) continue
    purged.add(`${step.actor}/${step.operation.buffer}`)
  }
  return purged.size
}

function whyInconclusive(steps: number, purged: number, purgedThen: number): string | undefined {
  if (steps === 0) return 'the journal has no steps'
  if (purged === 0 && purgedThen > 0)
    return `nothing was purged, and ${purgedThen} buffers were when it was recorded`
  return undefined
}

async function run(
  steps: readonly Step[],
  { plan: { scenario } }: RecordedProgram,
  { makeBoard, device, allowDisruptive, signal }: ReplayOptions,
): Promise<WatchedRun> {
  const board = makeBoard()
  if (!(await mayDisrupt(board, allowDisruptive)))
    throw new RangeError(`a replay drops the caches of the machine, ${IN_USE}`)
  return runWatched(board, { steps, scenario, device }, signal)
}

function breaks(oracle: OracleName, program: RecordedProgram, run: WatchedRun): boolean {
  return judge(program, run).some((violation) => violation.oracle === oracle)
}

/** The oracles look at operations and the kernel's log: of the machine's memory a replay measures nothing. */
function judge({ driver, steps }: RecordedProgram, { outcomes, kernelEvents }: WatchedRun): ViolationEvent[] {
  const oracles = new Judge(driver)
  const counts = new Map<number, number>()
  const numberOf = (actor: number) => {
    const n = counts.get(actor) ?? 0
    counts.set(actor, n + 1)
    return n
  }
  const judgeStep = (step: Step, outcome: StepOutcome, t: number): ViolationEvent[] => {
    if (outcome.result === 'unfinished') {
      const message = `${stepText(step)}: the kernel killed who began it`
      return [{ type: 'violation', t, oracle: 'no-operation-hangs', message }]
    }
    if ('reclaim' in step || outcome.result === 'skipped') return []
    const { actor, operation } = step
    return oracles.observe({
      type: 'operation',
      t,
      durationUs: 0,
      actor,
      n: numberOf(actor),
      operation,
      outcome,
    })
  }
  const newsAt = new Map<number, StressEvent[]>()
  for (const { at, event } of kernelEvents) newsAt.set(at, [...(newsAt.get(at) ?? []), event])
  return outcomes.flatMap((outcome, at) => {
    const step = steps[at]
    const news = newsAt.get(at) ?? []
    return [
      ...(step === undefined ? [] : judgeStep(step, outcome, at)),
      ...news.flatMap((event) => oracles.observe({ ...event, t: at })),
    ]
  })
}
