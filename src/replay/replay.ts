/** Runs a recorded program again, on this or another board, and judges what comes of it. */
import type { Board } from '../board/board.js'
import { MainProcessKilled } from '../board/fake-board.js'
import type { DeviceChoice } from '../device/open-device.js'
import type { OracleName, ViolationEvent } from '../events/stress-event.js'
import { Judge } from '../oracle/judge.js'
import { compareOutcomes, type Difference } from './compare-outcomes.js'
import type { RecordedProgram } from './journal-steps.js'
import { minimise } from './minimise.js'
import { runSteps } from './run-steps.js'
import { outcomeText, type Step, type StepOutcome } from './step.js'

export interface ReplayOptions {
  /** A board for each run; the same one again where there is only one. */
  readonly makeBoard: () => Board
  readonly device: DeviceChoice
  /** When it breaks a rule: look for the shortest program that breaks the same one. */
  readonly minimise: boolean
  readonly signal?: AbortSignal
}

export interface ReplayResult {
  readonly steps: number
  readonly purged: number
  /** Rules that were broken, in the order in which they were. */
  readonly violations: readonly ViolationEvent[]
  /** Outcomes that are not those of the journal. Which buffers a kernel purges is its own choice, so these are no errors. */
  readonly differences: readonly Difference<Step>[]
  /** The shortest program that breaks the first of the rules. */
  readonly shortest?: readonly Step[]
  readonly interrupted: boolean
}

/** Throws DrmError when the device cannot be opened. */
export async function replay(program: RecordedProgram, options: ReplayOptions): Promise<ReplayResult> {
  const { signal } = options
  const outcomes = await run(program.steps, options)
  const violations = judge(program, outcomes)
  const [first] = violations
  const shortest =
    first === undefined || !options.minimise
      ? undefined
      : await minimise(
          program.steps.slice(0, outcomes.length),
          async (candidate) =>
            breaks(first.oracle, { ...program, steps: candidate }, await run(candidate, options)),
          signal,
        )
  return {
    steps: outcomes.length,
    purged: outcomes.filter((outcome) => outcome.result === 'purged').length,
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

/** A simulated kernel may kill who runs the program: the last outcome is `unfinished` then. */
async function run(
  steps: readonly Step[],
  { makeBoard, device, signal }: ReplayOptions,
): Promise<StepOutcome[]> {
  const board = makeBoard()
  const outcomes: StepOutcome[] = []
  try {
    await board.run(() => runSteps(board, steps, device, (outcome) => outcomes.push(outcome), signal))
  } catch (error) {
    if (!(error instanceof MainProcessKilled)) throw error
    outcomes.push({ result: 'unfinished' })
  }
  return outcomes
}

function breaks(oracle: OracleName, program: RecordedProgram, outcomes: readonly StepOutcome[]): boolean {
  return judge(program, outcomes).some((violation) => violation.oracle === oracle)
}

/** The oracles look at operations only: of the machine as a whole a replay measures nothing. */
function judge({ driver, steps }: RecordedProgram, outcomes: readonly StepOutcome[]): ViolationEvent[] {
  const oracles = new Judge(driver)
  const counts = new Map<number, number>()
  return outcomes.flatMap((outcome, at): ViolationEvent[] => {
    const step = steps[at]
    if (step === undefined || 'reclaim' in step || outcome.result === 'skipped') return []
    const { actor, operation } = step
    if (outcome.result === 'unfinished') {
      const message = `actor ${actor} did not come back from ${operation.op}: the kernel killed it`
      return [{ type: 'violation', t: at, oracle: 'no-operation-hangs', message }]
    }
    const n = counts.get(actor) ?? 0
    counts.set(actor, n + 1)
    return oracles.observe({ type: 'operation', t: at, durationUs: 0, actor, n, operation, outcome })
  })
}
