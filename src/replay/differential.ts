/**
 * Random programs on two boards, outcome by outcome: the simulated kernel against the real one. A difference is cut down
 * to the shortest program that shows one.
 */
import type { Board } from '../board/board.js'
import type { DeviceChoice } from '../device/open-device.js'
import { compareOutcomes, type Difference } from './compare-outcomes.js'
import { minimise } from './minimise.js'
import { randomProgram, type ProgramKinds } from './random-program.js'
import { runSteps } from './run-steps.js'
import type { Step } from './step.js'

export interface DifferentialOptions {
  /** A fresh one for each program: what is expected. */
  readonly makeExpected: () => Board
  readonly actual: Board
  readonly device: DeviceChoice
  readonly programs: number
  /** Steps of each program. */
  readonly length: number
  readonly seed: number
  readonly kinds: ProgramKinds
  readonly signal?: AbortSignal
  readonly onProgram?: (done: number, differing: number) => void
}

/** A program on which the boards differ. */
export interface DifferingProgram {
  readonly seed: number
  /** The shortest one that was found. */
  readonly steps: readonly Step[]
  /** Of that one. */
  readonly differences: readonly Difference[]
}

export interface DifferentialResult {
  readonly programs: number
  readonly steps: number
  /** Outcomes by their kind, over all programs: what was exercised at all. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly differing: readonly DifferingProgram[]
}

/** After so many the reason is the same as likely as not. */
const MOST_DIFFERING = 10

/** Throws DrmError when a device cannot be opened. */
export async function runDifferential(options: DifferentialOptions): Promise<DifferentialResult> {
  const { programs, length, signal } = options
  const outcomes: Record<string, number> = {}
  const differing: DifferingProgram[] = []
  let done = 0
  let stepsDone = 0
  for (; done < programs && differing.length < MOST_DIFFERING && signal?.aborted !== true; done++) {
    const seed = options.seed + done
    const steps = randomProgram(seed, length, options.kinds)
    const { actual, differences } = await runBoth(options, steps)
    stepsDone += actual.length
    for (const { result } of actual) outcomes[result] = (outcomes[result] ?? 0) + 1
    if (differences.length > 0 && !options.signal?.aborted)
      differing.push(await shorten(options, seed, steps))
    options.onProgram?.(done + 1, differing.length)
  }
  return { programs: done, steps: stepsDone, outcomes, differing }
}

async function runBoth(options: DifferentialOptions, steps: readonly Step[]) {
  const board = options.makeExpected()
  const expected = await board.run(() => runSteps(board, steps, options.device))
  const actual = await options.actual.run(() =>
    runSteps(options.actual, steps, options.device, options.signal),
  )
  return { actual, differences: compareOutcomes(steps, expected, actual) }
}

async function shorten(
  options: DifferentialOptions,
  seed: number,
  steps: readonly Step[],
): Promise<DifferingProgram> {
  const differ = async (candidate: readonly Step[]) => (await runBoth(options, candidate)).differences
  const first = (await differ(steps))[0]
  // It does not differ again: all that can be told is the whole program.
  if (first === undefined) return { seed, steps, differences: [] }
  const same = `${first.expected} / ${first.actual}`
  const shortest = await minimise(
    steps,
    async (candidate) =>
      (await differ(candidate)).some(({ expected, actual }) => `${expected} / ${actual}` === same),
    options.signal,
  )
  return { seed, steps: shortest, differences: await differ(shortest) }
}
