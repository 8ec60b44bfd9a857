/** A table of rows: what is expected, and what came of it on each board. */
import Table from 'cli-table3'
import type { ConformRun } from '../../conform/conform-run.js'
import { brief, cellOf } from './text.js'

const WIDTHS = { row: 44, expected: 34, board: 34 }

export function conformTable(runs: readonly ConformRun[]): string {
  const table = new Table({
    head: ['row', 'expected', ...runs.map(({ title }) => title)],
    colWidths: [WIDTHS.row, WIDTHS.expected, ...runs.map(() => WIDTHS.board)],
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [], compact: true },
  })
  const byId = runs.map((run) => new Map(run.rows.map((row) => [row.id, row])))
  for (const id of new Set(runs.flatMap((run) => run.rows.map((row) => row.id)))) {
    const rows = byId.map((map) => map.get(id))
    table.push([id, brief(rows.find((row) => row !== undefined)?.expected), ...rows.map(cellOf)])
  }
  return table.toString()
}
