/** Where two runs of the same program came to something else. */
import { outcomeText, type Step, type StepOutcome } from './step.js'

export interface Difference {
  /** Index of the step. */
  readonly at: number
  readonly step: Step
  readonly expected: string
  readonly actual: string
}

/** All of them, in order. A run that is shorter differs from its end on, once. */
export function compareOutcomes(
  steps: readonly Step[],
  expected: readonly StepOutcome[],
  actual: readonly StepOutcome[],
): Difference[] {
  const differences: Difference[] = []
  for (const [at, step] of steps.entries()) {
    const [first, second] = [textAt(expected, at), textAt(actual, at)]
    if (first === second) continue
    differences.push({ at, step, expected: first, actual: second })
    if (at >= expected.length || at >= actual.length) break
  }
  return differences
}

function textAt(outcomes: readonly StepOutcome[], at: number): string {
  const outcome = outcomes[at]
  return outcome === undefined ? 'nothing: the run ended before' : outcomeText(outcome)
}
