/** What came of a command on many boards and kernels: one table, with the differences between them above. */
import Table from 'cli-table3'
import type { MatrixCell } from '../vm/matrix/run-matrix.js'
import type { RowDifference } from '../vm/matrix/compare-rows.js'

const VERDICTS: Readonly<Record<number, string>> = {
  0: 'pass',
  1: 'fail',
  2: 'wrong use',
  3: 'not prepared',
  125: 'inconclusive',
  130: 'interrupted',
}

const style = { head: [], border: [], compact: true }

export const runName = ({ board, kernel }: Pick<MatrixCell, 'board' | 'kernel'>): string =>
  `${board} ${kernel}`

/** `pass`, `exit code 7`, `guest-panicked: ...`, `cannot be: ...`. */
export function verdictOf({ impossible, error, exitCode }: MatrixCell): string {
  if (impossible !== undefined) return `cannot be: ${impossible}`
  if (error !== undefined) return `${error.kind}: ${error.message}`
  return VERDICTS[exitCode ?? -1] ?? `exit code ${exitCode}`
}

export function matrixTable(cells: readonly MatrixCell[]): string {
  const table = new Table({ head: ['board', 'kernel', 'result', 'time'], style })
  for (const cell of cells) {
    const time = cell.impossible === undefined ? `${cell.seconds.toFixed(1)} s` : ''
    table.push([cell.board, cell.kernel, verdictOf(cell), time])
  }
  return table.toString()
}

export function differenceTable(differences: readonly RowDifference[]): string {
  const runs = Object.keys(differences[0]?.outcomes ?? {})
  const table = new Table({ head: ['row', ...runs], style })
  for (const { name, outcomes } of differences)
    table.push([name, ...runs.map((run) => outcomes[run] ?? '(missing)')])
  return table.toString()
}
