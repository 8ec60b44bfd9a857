/** What came of each case, against what is known of the board. */
import type { ComparedRun } from '../compare/side.js'
import type { Expectations } from './files.js'

/**
 * unexpected-fail: it failed in each run. unexpected-flake: in some. unexpected-pass: it is known to fail and did not.
 * not-run: skipped, or nothing to go by.
 */
export type Judgement =
  | 'pass'
  | 'skipped'
  | 'not-run'
  | 'known-fail'
  | 'known-flake'
  | 'unexpected-fail'
  | 'unexpected-flake'
  | 'unexpected-pass'

export interface JudgedCase {
  /** `churn@promises/retained-is-intact`. */
  readonly name: string
  readonly judgement: Judgement
  readonly runs: number
  readonly failed: number
}

export function judge(runs: readonly ComparedRun[], expectations: Expectations): readonly JudgedCase[] {
  const seen = new Map<string, { runs: number; failed: number; passed: number }>()
  for (const { group, cases } of runs) {
    for (const [name, result] of cases) {
      const id = caseId(group, name)
      const counts = seen.get(id) ?? { runs: 0, failed: 0, passed: 0 }
      counts.runs++
      if (result === 'fail') counts.failed++
      else if (result === 'pass') counts.passed++
      seen.set(id, counts)
    }
  }
  return [...seen].map(([name, { runs, failed, passed }]) => {
    return { name, judgement: judgementOf(name, failed, passed, expectations), runs, failed }
  })
}

/** Without white space and commas, as the files have them. */
export function caseId(group: string, name: string): string {
  return `${group}@${name}`.replaceAll(/[\s,]+/g, '-')
}

function judgementOf(
  name: string,
  failed: number,
  passed: number,
  { fails, flakes, skips }: Expectations,
): Judgement {
  const matches = (expressions: readonly RegExp[]) => expressions.some((expression) => expression.test(name))
  if (matches(skips)) return 'skipped'
  if (failed + passed === 0) return 'not-run'
  if (matches(flakes)) return failed > 0 ? 'known-flake' : 'pass'
  if (fails.has(name)) return failed > 0 ? 'known-fail' : 'unexpected-pass'
  if (failed === 0) return 'pass'
  return passed > 0 ? 'unexpected-flake' : 'unexpected-fail'
}

export const isUnexpected = ({ judgement }: JudgedCase): boolean => judgement.startsWith('unexpected')
