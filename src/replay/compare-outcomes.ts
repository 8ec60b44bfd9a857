/** Where two runs of the same program came to something else. */

export interface Difference<Step> {
  /** Index of the step. */
  readonly at: number
  readonly step: Step
  readonly expected: string
  readonly actual: string
}

/**
 * All of them, in order. A run that is shorter differs from its end on, once. `text` is the same for outcomes that are
 * equal.
 */
export function compareOutcomes<Step, Outcome>(
  steps: readonly Step[],
  expected: readonly Outcome[],
  actual: readonly Outcome[],
  text: (outcome: Outcome) => string,
): Difference<Step>[] {
  const textAt = (outcomes: readonly Outcome[], at: number) => {
    const outcome = outcomes[at]
    return outcome === undefined ? 'nothing: the run ended before' : text(outcome)
  }
  const differences: Difference<Step>[] = []
  for (const [at, step] of steps.entries()) {
    const [first, second] = [textAt(expected, at), textAt(actual, at)]
    if (first === second) continue
    differences.push({ at, step, expected: first, actual: second })
    if (at >= expected.length || at >= actual.length) break
  }
  return differences
}
