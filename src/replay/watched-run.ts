/** Runs a program on a board, and listens to the kernel's log meanwhile. */
import type { Board } from '../board/board.js'
import { MainProcessKilled } from '../board/fake-board.js'
import type { DeviceChoice } from '../device/open-device.js'
import type { StressEvent } from '../events/stress-event.js'
import { findPressureSource, PRESSURE_SOURCES } from '../pressure/sources.js'
import { KernelWatch } from '../stress/kernel-watch.js'
import { findScenario, type ScenarioName } from '../workload/scenarios/index.js'
import { runSteps } from './run-steps.js'
import type { Step, StepOutcome } from './step.js'

/** In the kernel's log. */
const MARK = 'replay'

export interface WatchedRun {
  readonly outcomes: readonly StepOutcome[]
  /** Of the kernel's log; each with the index of the last step before it was read. */
  readonly kernelEvents: readonly { readonly at: number; readonly event: StressEvent }[]
}

export interface WatchedProgram {
  readonly steps: readonly Step[]
  /** Says which kernel messages it provokes on purpose. */
  readonly scenario: ScenarioName
  readonly device: DeviceChoice
}

/**
 * Throws DrmError when the device cannot be opened. A simulated kernel may kill who runs the program: the last outcome is
 * `unfinished` then.
 */
export async function runWatched(
  board: Board,
  { steps, scenario, device }: WatchedProgram,
  signal?: AbortSignal,
): Promise<WatchedRun> {
  const outcomes: StepOutcome[] = []
  const kernelEvents: WatchedRun['kernelEvents'][number][] = []
  const kernel = new KernelWatch(board, {
    emit: (event) => kernelEvents.push({ at: Math.max(0, outcomes.length - 1), event }),
  })
  const ofTimeouts = findScenario(scenario).expectsOfTimeouts ?? []
  const ofRefusals = PRESSURE_SOURCES.flatMap(({ expectsOfRefusals = [] }) => expectsOfRefusals)
  const onOutcome = (outcome: StepOutcome) => {
    outcomes.push(outcome)
    kernel.poll()
  }
  try {
    await board.run(async () => {
      await kernel.begin(MARK)
      kernel.expect(findPressureSource('drop-caches').expects, [...ofTimeouts, ...ofRefusals])
      try {
        await runSteps(board, steps, device, onOutcome, signal)
      } finally {
        kernel.settle([
          ...(outcomes.some(({ result }) => result === 'timed-out') ? ofTimeouts : []),
          ...(outcomes.some((outcome) => outcome.result === 'refused' && outcome.code === 'ENOMEM')
            ? ofRefusals
            : []),
        ])
        await kernel.end(MARK)
      }
    })
  } catch (error) {
    if (!(error instanceof MainProcessKilled)) throw error
    kernel.stop(MARK)
    outcomes.push({ result: 'unfinished' })
  }
  return { outcomes, kernelEvents }
}
