/** The table of docs/boards.md: what was measured on each virtual board with each kernel. */
import type { ProbeCell } from '../probe/probe-event.js'

/** One board with one kernel, as scripts/boards-table.mjs saves it. */
export interface BoardMeasurement {
  readonly board: string
  /** `Rockchip RK3399, Mali-T860 (Panfrost)`. */
  readonly summary: string
  readonly series: string
  /** Why this board does not run this kernel: nothing else was measured then. */
  readonly impossible?: string
  /** `6.12.95+deb12-arm64`. */
  readonly release?: string
  /** `panfrost 1.2`. */
  readonly driver?: string
  /** The kernel's own clock when the command started. */
  readonly upSeconds?: number
  /** Of the guest's memory, when the command started. */
  readonly usedMiB?: number
  readonly conform?: { readonly passed: number; readonly failed: number; readonly skipped: number }
  readonly reach?: readonly Reached[]
}

/** Buffers that a pressure source reclaimed, or that it was refused. */
export interface Reached {
  readonly source: string
  readonly given?: number
  readonly reclaimed?: number
  readonly refused?: string
}

export function reachedOf(cells: readonly ProbeCell[]): Reached[] {
  return cells.map((cell) => {
    if ('refused' in cell) return { source: cell.source, refused: cell.refused }
    const { source, given, reclaimed } = cell
    return { source, given, ...(reclaimed !== undefined && { reclaimed }) }
  })
}

/** Markdown: what runs, then what reaches the shrinkers. */
export function boardsTables(measurements: readonly BoardMeasurement[]): string {
  const ran = measurements.filter(({ reach }) => reach !== undefined)
  const sources = [...new Set(ran.flatMap(({ reach = [] }) => reach.map(({ source }) => source)))]
  const runs = markdown(
    ['Board', 'GPU', 'Kernel', 'Driver', 'Up after', 'In use', 'Conformance'],
    measurements.map((each) => [each.board, each.summary, ...runCells(each)]),
  )
  const reach = markdown(
    ['Source', ...ran.map(({ board, series }) => `${board} ${series}`)],
    sources.map((source) => [
      `\`${source}\``,
      ...ran.map(({ reach = [] }) => reachCell(reach.find((each) => each.source === source))),
    ]),
  )
  return `${runs}\n${reach}`
}

function runCells({ series, impossible, release, driver, upSeconds, usedMiB, conform }: BoardMeasurement) {
  if (impossible !== undefined) return [series, 'none', '', '', '']
  return [
    release ?? series,
    driver ?? '',
    upSeconds === undefined ? '' : `${upSeconds} s`,
    usedMiB === undefined ? '' : `${usedMiB} MiB`,
    conform === undefined
      ? ''
      : `${conform.passed} pass, ${conform.failed} fail, ${conform.skipped} not here`,
  ]
}

function reachCell(reached: Reached | undefined): string {
  if (reached === undefined) return ''
  if (reached.refused !== undefined) return '-'
  return `${reached.reclaimed ?? '?'}/${reached.given ?? '?'}`
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
