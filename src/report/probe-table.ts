/** The reach matrix: a row for each pressure source and target. */
import Table from 'cli-table3'
import { findPressureSource } from '../pressure/sources.js'
import type { ProbeCell, ProbeResult, ProbeRow } from '../probe/probe-event.js'

const HEAD = [
  'pressure',
  'driver',
  'reclaimed',
  'first after',
  'intact',
  'OOM kills',
  'swapped',
  'stalls',
  'why',
]
const MIB = 1 << 20
/** Explanations are the longest column by far. */
const WHY_WIDTH = 52

export function probeTable({ cells }: Pick<ProbeResult, 'cells'>): string {
  const table = new Table({
    head: HEAD,
    colAligns: ['left', 'left', 'right', 'right', 'right', 'left', 'right', 'right', 'left'],
    colWidths: [...HEAD.slice(0, -1).map(() => null), WHY_WIDTH],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  })
  for (const cell of cells) {
    const title = findPressureSource(cell.source).title
    if ('refused' in cell)
      table.push([
        title,
        cell.driver,
        { colSpan: HEAD.length - 2, hAlign: 'left', content: `not used: ${cell.refused}` },
      ])
    else table.push([title, cell.driver, ...measured(cell)])
  }
  return table.toString()
}

/** What each source made the pools of pages give back. */
export function poolTable({ pools }: Pick<ProbeResult, 'pools'>): string {
  const table = new Table({
    head: ['pressure', 'pool', 'pages before', 'after', 'why'],
    colAligns: ['left', 'left', 'right', 'right', 'left'],
    colWidths: [null, null, null, null, WHY_WIDTH],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  })
  for (const cell of pools) {
    const title = findPressureSource(cell.source).title
    if ('refused' in cell)
      table.push([title, cell.pool, { colSpan: 3, hAlign: 'left', content: `not used: ${cell.refused}` }])
    else table.push([title, cell.pool, cell.pagesBefore, cell.pagesAfter, cell.explanation ?? ''])
  }
  return table.toString()
}

function measured(row: ProbeRow): string[] {
  return [
    `${row.reclaimed ?? '?'} of ${row.given}`,
    row.firstMs === undefined ? '' : `${Math.round(row.firstMs)} ms`,
    String(row.intact),
    oomText(row),
    row.swappedOutBytes === 0 ? '0' : `${(row.swappedOutBytes / MIB).toFixed(1)} MiB`,
    row.stalledMs === undefined ? '?' : `${Math.round(row.stalledMs)} ms`,
    [...row.broken, ...(row.explanation === undefined ? [] : [row.explanation])].join('; '),
  ]
}

function oomText({ oomKills, hogsKilled }: ProbeRow): string {
  return oomKills === 0 ? '0' : `${oomKills}${hogsKilled >= oomKills ? ' (the hog)' : ''}`
}

/** A line while a cell is measured. */
export function cellLine(cell: ProbeCell): string {
  const what = `${findPressureSource(cell.source).title} on ${cell.driver}`
  return 'refused' in cell
    ? `${what}: not used, ${cell.refused}`
    : `${what}: ${cell.reclaimed ?? '?'} of ${cell.given} reclaimed`
}
