/** The reach matrix: a row for each pressure source and target. */
import { findPressureSource } from '../pressure/sources.js'
import type { ProbeCell, ProbeResult, ProbeRow } from '../probe/probe-event.js'
import { fittingTable } from './fitting-table.js'

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

/** `columns` of the window. */
export function probeTable({ cells }: Pick<ProbeResult, 'cells'>, columns?: number): string {
  const rows = cells.map((cell) => {
    const { title } = findPressureSource(cell.source)
    return 'refused' in cell
      ? ({ cells: [title, cell.driver], text: `not used: ${cell.refused}` } as const)
      : [title, cell.driver, ...measured(cell)]
  })
  const shape = {
    head: HEAD,
    colAligns: ['left', 'left', 'right', 'right', 'right', 'left', 'right', 'right', 'left'],
    lastWidth: WHY_WIDTH,
  } as const
  return fittingTable(shape, rows, columns)
}

/** What each source made the pools of pages give back. */
export function poolTable({ pools }: Pick<ProbeResult, 'pools'>, columns?: number): string {
  const rows = pools.map((cell) => {
    const { title } = findPressureSource(cell.source)
    if ('refused' in cell) return { cells: [title, cell.pool], text: `not used: ${cell.refused}` } as const
    const why = [...cell.broken, ...(cell.explanation === undefined ? [] : [cell.explanation])]
    return [title, cell.pool, `${cell.pagesBefore}`, `${cell.pagesAfter}`, why.join('; ')]
  })
  const shape = {
    head: ['pressure', 'pool', 'pages before', 'after', 'why'],
    colAligns: ['left', 'left', 'right', 'right', 'left'],
    lastWidth: WHY_WIDTH,
  } as const
  return fittingTable(shape, rows, columns)
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
