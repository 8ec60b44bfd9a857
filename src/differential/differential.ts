/**
 * Random programs on two boards, call by call: the simulated kernel against the real one. A difference is cut down to
 * the shortest program that shows one.
 */
import { compareOutcomes, type Difference } from '../replay/compare-outcomes.js'
import { minimise } from '../replay/minimise.js'
import type { BoardParts, CallOutcome } from './call-kind.js'
import type { CallRunner } from './call-runner.js'
import { outcomeKind, outcomeText, type CallStep } from './call-step.js'
import { randomCalls } from './random-calls.js'

export interface DifferentialOptions {
  readonly expected: CallRunner
  readonly actual: CallRunner
  readonly programs: number
  /** Steps of each program. */
  readonly length: number
  /** Of the first program; each has the next one. */
  readonly seed: number
  readonly parts: BoardParts
  readonly signal?: AbortSignal
  readonly onProgram?: (done: number, differing: number) => void
  readonly onDiffering?: (program: DifferingProgram) => void
  /** The program in which `actual` was lost: what it rejects with follows. */
  readonly onLost?: (seed: number) => void
}

/** A program on which the boards differ. */
export interface DifferingProgram {
  readonly seed: number
  /** The shortest one that was found. */
  readonly steps: readonly CallStep[]
  /** Of that one. */
  readonly differences: readonly Difference<CallStep>[]
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

/** Rejects as the runners do. */
export async function runDifferential(options: DifferentialOptions): Promise<DifferentialResult> {
  const { programs, length, signal, actual: runner } = options
  const outcomes: Record<string, number> = {}
  const differing: DifferingProgram[] = []
  const underWay: { seed: number; steps: CallStep[]; actual: Promise<readonly CallOutcome[]> }[] = []
  let begun = 0
  let done = 0
  let stepsDone = 0
  while (done < programs && differing.length < MOST_DIFFERING && signal?.aborted !== true) {
    while (begun < programs && underWay.length < runner.atOnce) {
      const seed = options.seed + begun++
      const steps = randomCalls(seed, length, options.parts)
      const actual = runner.run(steps)
      // It is awaited when its turn comes: until then a rejection is nobody's.
      actual.catch(() => undefined)
      underWay.push({ seed, steps, actual })
    }
    const next = underWay.shift()
    if (next === undefined) break
    const { seed, steps } = next
    const expected = await options.expected.run(steps)
    const actual = await next.actual.catch((error: unknown) => {
      // An interrupt ends a virtual board as well: what was found before it is told all the same.
      if (signal?.aborted === true) return undefined
      options.onLost?.(seed)
      throw error
    })
    if (actual === undefined) break
    stepsDone += actual.length
    for (const outcome of actual) {
      const kind = outcomeKind(outcome)
      outcomes[kind] = (outcomes[kind] ?? 0) + 1
    }
    if (compareOutcomes(steps, expected, actual, outcomeText).length > 0) {
      const program = await shorten(options, seed, steps)
      differing.push(program)
      options.onDiffering?.(program)
    }
    done++
    options.onProgram?.(done, differing.length)
  }
  return { programs: done, steps: stepsDone, outcomes, differing }
}

async function shorten(
  { expected, actual, signal }: DifferentialOptions,
  seed: number,
  steps: readonly CallStep[],
): Promise<DifferingProgram> {
  const differ = async (candidate: readonly CallStep[]) => {
    const [first, second] = await Promise.all([expected.run(candidate), actual.run(candidate)])
    return compareOutcomes(candidate, first, second, outcomeText)
  }
  const [first] = await differ(steps)
  // It does not differ again: all that can be told is the whole program.
  if (first === undefined) return { seed, steps, differences: [] }
  const same = sameness(first)
  // What comes after the first difference has no part in it.
  const shortest = await minimise(
    steps.slice(0, first.at + 1),
    async (candidate) => (await differ(candidate)).some((each) => sameness(each) === same),
    signal,
  )
  return { seed, steps: shortest, differences: await differ(shortest) }
}

/** The same call, and the same two answers. Numbers (handles, addresses, contents) change when steps are left out. */
function sameness({ step, expected, actual }: Difference<CallStep>): string {
  const form = (text: string) => text.replace(/[0-9a-f]*\d[0-9a-f]*/g, '#')
  return `${step[0]}: ${form(expected)} / ${form(actual)}`
}
