/** Results for people. */
import type { ConformRun, RowResult } from '../../conform/conform-run.js'

const MOST_CHARACTERS = 60

/** JSON has no text for undefined. */
export const jsonText = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

export const brief = (value: unknown) => {
  const text = jsonText(value)
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 3)}...`
}

/** What came of a row, in a cell. */
export function cellOf(row: RowResult | undefined): string {
  if (row === undefined) return 'not run'
  if (row.outcome === 'pass') return 'ok'
  return row.outcome === 'skip' ? `- ${row.why}` : brief(row.actual)
}

export function summaryLine(run: ConformRun): string {
  const end = run.interrupted ? ', interrupted' : ''
  return `${run.board}: ${run.passed} as expected, ${run.failed} different, ${run.skipped} not run${end}`
}
