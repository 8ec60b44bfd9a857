/** Tables for people, which fit the window: where one is too wide for it, there is a list instead. */
import Table, { type HorizontalAlignment } from 'cli-table3'

export interface TableShape {
  readonly head: readonly string[]
  readonly colAligns?: readonly HorizontalAlignment[]
  /** Of the last column, whose words are wrapped; by default as wide as its longest cell. */
  readonly lastWidth?: number
}

/** A text instead stands in all columns from the third on. */
export type TableRow =
  readonly string[] | { readonly cells: readonly [string, string]; readonly text: string }

/** `columns` of the window. */
export function fittingTable(shape: TableShape, rows: readonly TableRow[], columns = Infinity): string {
  const table = tableText(shape, rows)
  if (table.indexOf('\n') <= columns) return table
  return rows.flatMap((row) => listLines(shape.head, row).flatMap((line) => wrap(line, columns))).join('\n')
}

function tableText({ head, colAligns, lastWidth }: TableShape, rows: readonly TableRow[]): string {
  const table = new Table({
    head: [...head],
    ...(colAligns !== undefined && { colAligns: [...colAligns] }),
    ...(lastWidth !== undefined && {
      colWidths: [...head.slice(0, -1).map(() => null), lastWidth],
      wordWrap: true,
    }),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows)
    table.push(
      'text' in row
        ? [...row.cells, { colSpan: head.length - row.cells.length, hAlign: 'left', content: row.text }]
        : [...row],
    )
  return table.toString()
}

/** The first cell, and below it the others with the names of their columns. */
function listLines(head: readonly string[], row: TableRow): string[] {
  const [first = '', ...others] = 'text' in row ? row.cells : row
  const named = others.map((cell, index) =>
    cell === '' ? '' : [head[index + 1], cell].filter(Boolean).join(': '),
  )
  const lines = 'text' in row ? [...named, row.text] : named
  return [first, ...lines.filter((line) => line !== '').map((line) => `  ${line}`)]
}

/** A word that is longer than the window stays whole: it may be a path. */
function wrap(line: string, columns: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let current = indent
  for (const word of line.trim().split(/\s+/)) {
    const isFirst = current.trim() === ''
    const longer = isFirst ? `${current}${word}` : `${current} ${word}`
    if (isFirst || longer.length <= columns) current = longer
    else {
      lines.push(current)
      current = `${indent}  ${word}`
    }
  }
  return [...lines, current]
}
