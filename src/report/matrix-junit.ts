/** What came of a command on many boards and kernels, as JUnit XML: a suite for each, and its rows where it printed some. */
import { hostname } from 'node:os'
import { rowsOf, type SeenRow } from '../vm/matrix/compare-rows.js'
import type { MatrixCell } from '../vm/matrix/run-matrix.js'
import type { TestCase } from './cases.js'
import { junitText } from './junit.js'
import { verdictOf } from './matrix-table.js'

/** A row passes with the outcome `pass`, is skipped with `skip`, and fails with every other one. */
export function matrixJunit(cells: readonly MatrixCell[]): string {
  const suites = cells.map((cell) => ({
    name: `${cell.board}.${cell.kernel}`,
    cases: [runCase(cell), ...[...(rowsOf(cell.stdout) ?? [])].map(([name, row]) => rowCase(name, row))],
    properties: { board: cell.board, kernel: cell.kernel, verdict: verdictOf(cell) },
    ...(cell.startedAt !== undefined && { startedAt: cell.startedAt, hostname: hostname() }),
  }))
  return junitText(
    suites,
    cells.reduce((sum, { seconds }) => sum + seconds * 1000, 0),
  )
}

/** Inconclusive is no failure: nothing was shown. */
function runCase(cell: MatrixCell): TestCase {
  const name = 'the-command'
  const [message, durationMs] = [verdictOf(cell), cell.seconds * 1000]
  if (cell.exitCode === 0) return { name, result: 'pass', durationMs }
  const isSkipped = cell.impossible !== undefined || message === 'inconclusive'
  return { name, result: isSkipped ? 'skip' : 'fail', message, durationMs }
}

function rowCase(name: string, { outcome, row }: SeenRow): TestCase {
  if (outcome === 'pass') return { name, result: 'pass' }
  if (outcome === 'skip') return { name, result: 'skip', message: 'why' in row ? String(row.why) : '' }
  return { name, result: 'fail', message: JSON.stringify(row) }
}
