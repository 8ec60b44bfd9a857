/** Brings the files to what was seen; comments and what was not run stay. */
import { isUnexpected, type JudgedCase } from './judge.js'
import type { ExpectationKind, Expectations } from './files.js'

/** What is written above each new flake, as the DRM CI asks for. */
export interface FlakeHeader {
  readonly board: string
  /** Address of the bug report. */
  readonly bug: string
  readonly linux: string
}

/** The new lines of the files that change. */
export function updatedLines(
  { files }: Expectations,
  judged: readonly JudgedCase[],
  header: FlakeHeader,
): Partial<Record<Exclude<ExpectationKind, 'skips'>, readonly string[]>> {
  const named = (judgement: JudgedCase['judgement']) => judged.filter((one) => one.judgement === judgement)
  const passes = new Set(named('unexpected-pass').map(({ name }) => name))
  const fails = [
    ...files.fails.lines.filter((line) => !passes.has(line.trim().split(',')[0] ?? '')),
    ...named('unexpected-fail').map(({ name }) => `${name},Fail`),
  ]
  const flakes = [
    ...files.flakes.lines,
    ...named('unexpected-flake').flatMap((flake) => flakeLines(flake, header)),
  ]
  const changed = judged.filter(isUnexpected)
  return {
    ...(changed.some(({ judgement }) => judgement !== 'unexpected-flake') && { fails }),
    ...(changed.some(({ judgement }) => judgement === 'unexpected-flake') && { flakes }),
  }
}

function flakeLines({ name, runs, failed }: JudgedCase, { board, bug, linux }: FlakeHeader): string[] {
  return [
    `# Board Name: ${board}`,
    `# Bug Report: ${bug}`,
    `# Failure Rate: ${Math.round((100 * failed) / runs)}`,
    `# Linux Version: ${linux}`,
    name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    '',
  ]
}
