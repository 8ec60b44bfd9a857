/** What a differential run found, for people and for programs. */
import type { Difference } from '../replay/compare-outcomes.js'
import { callText, type CallStep } from './call-step.js'
import type { DifferentialResult } from './differential.js'

interface Boards {
  readonly expected: string
  readonly actual: string
}

export function differentialJson(boards: Boards, result: DifferentialResult): string {
  const differing = result.differing.map(({ steps, ...program }) => ({
    ...program,
    steps: steps.map(callText),
    program: steps,
  }))
  return `${JSON.stringify({ ...boards, ...result, differing }, undefined, 2)}\n`
}

export function differentialText(boards: Boards, result: DifferentialResult): string {
  const outcomes = Object.entries(result.outcomes).map(([kind, count]) => `${count} ${kind}`)
  const programs = result.differing.map(
    ({ seed, steps, differences }) =>
      `program of seed ${seed}, shortened to ${steps.length} steps:\n${programText(steps, differences, boards)}`,
  )
  const end = `${result.programs} programs, ${result.steps} steps (${outcomes.join(', ')}): `
  const found = result.differing.length === 0 ? 'no difference' : `${result.differing.length} programs differ`
  return `${[...programs, end + found].join('\n\n')}\n`
}

/** Numbered steps; under one with a difference both answers. */
function programText(
  steps: readonly CallStep[],
  differences: readonly Difference<CallStep>[],
  { expected, actual }: Boards,
): string {
  const lines = steps.flatMap((step, at) => {
    const difference = differences.find((each) => each.at === at)
    const text = `  ${String(at + 1).padStart(3)}. ${callText(step)}`
    if (difference === undefined) return [text]
    return [text, `       ${expected}: ${difference.expected}`, `       ${actual}: ${difference.actual}`]
  })
  if (differences.length === 0) lines.push('  (it did not differ when it was run again)')
  return lines.join('\n')
}
