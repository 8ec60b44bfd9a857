/** The numbers of the time lines, as the report's script wants them. */
import type { Timeline, TimelineNumbers, TimelinePoint } from '../timeline.js'
import { MARKS } from './marks.js'

interface Series {
  readonly label: string
  readonly color: string
  readonly values: readonly number[]
}

export interface Chart {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly series: readonly Series[]
}

export interface ChartData {
  /** Seconds. */
  readonly t: readonly number[]
  readonly marks: readonly {
    readonly t: number
    readonly kind: string
    readonly color: string
    readonly text: string
  }[]
  readonly charts: readonly Chart[]
}

const MIB = 1024 * 1024
const COLORS = ['#d33', '#47c', '#2a9d4a', '#c60', '#888', '#c0f']

type Column = readonly [key: keyof TimelineNumbers, label: string, color: string]

const CHARTS: readonly (Omit<Chart, 'series'> & {
  scale: number
  isCounter: boolean
  /** Left out where the run could not see any of it. */
  isOptional?: true
  columns: readonly Column[]
})[] = [
  {
    id: 'memory',
    title: 'Memory of the machine',
    unit: 'MiB',
    scale: 1 / MIB,
    isCounter: false,
    columns: [
      ['availableBytes', 'available', '#2a9d4a'],
      ['freeBytes', 'free', '#47c'],
      ['shmemBytes', 'shared', '#c60'],
      ['swapFreeBytes', 'swap free', '#888'],
    ],
  },
  {
    id: 'workload',
    title: 'Memory of the workload',
    unit: 'MiB',
    scale: 1 / MIB,
    isCounter: false,
    columns: [
      ['workloadBytes', 'cgroup', '#47c'],
      ['residentBytes', 'buffers resident', '#c60'],
      ['purgeableBytes', 'buffers purgeable', '#2a9d4a'],
    ],
  },
  {
    id: 'kinds',
    title: 'Kinds of memory in the cgroup of the run',
    unit: 'MiB',
    scale: 1 / MIB,
    isCounter: false,
    isOptional: true,
    columns: [
      ['anonBytes', 'anonymous', '#47c'],
      ['fileBytes', 'page cache, shared', '#c60'],
      ['unevictableBytes', 'unevictable', '#d33'],
      ['kernelBytes', "the kernel's", '#888'],
    ],
  },
  {
    id: 'gems',
    title: 'Buffers of the driver, by its own count',
    unit: 'MiB',
    scale: 1 / MIB,
    isCounter: false,
    isOptional: true,
    columns: [
      ['gemResidentBytes', 'resident', '#c60'],
      ['gemReclaimableBytes', 'reclaimable', '#2a9d4a'],
    ],
  },
  {
    id: 'reclaim',
    title: 'Reclaim, since the run began',
    unit: 'count',
    scale: 1,
    isCounter: true,
    columns: [
      ['purged', 'buffers purged', '#d33'],
      ['slabsScanned', 'slab objects scanned', '#47c'],
      ['allocStalls', 'direct reclaims', '#c60'],
      ['oomKills', 'OOM kills', '#c0f'],
    ],
  },
  {
    id: 'stall',
    title: 'Time lost waiting for memory (PSI), since the run began',
    unit: 'ms',
    scale: 1 / 1000,
    isCounter: true,
    columns: [
      ['stallSomeUs', 'some', '#c60'],
      ['stallFullUs', 'full', '#d33'],
    ],
  },
]

export function chartData({ points, marks }: Timeline): ChartData {
  const column = (key: keyof TimelineNumbers, scale: number, isCounter: boolean) => {
    const base = isCounter && key !== 'purged' ? (points[0]?.[key] ?? 0) : 0
    return points.map((point) => Number(((point[key] - base) * scale).toFixed(2)))
  }
  const seen = CHARTS.filter(
    ({ isOptional, columns }) =>
      isOptional !== true || points.some((point) => columns.some(([key]) => point[key] > 0)),
  )
  return {
    t: points.map(({ t }) => seconds(t)),
    marks: marks.map(({ t, kind, text }) => ({ t: seconds(t), kind, color: MARKS[kind].color, text })),
    charts: [
      ...seen.map(({ id, title, unit, columns, scale, isCounter }) => ({
        id,
        title,
        unit,
        series: columns.map(([key, label, color]) => ({
          label,
          color,
          values: column(key, scale, isCounter),
        })),
      })),
      ...shrinkerCharts(points),
    ],
  }
}

/** None where the run could not see them. */
function shrinkerCharts(points: readonly TimelinePoint[]): Chart[] {
  const all = Object.values(points.at(-1)?.shrinkers ?? {})
  const chart = (id: string, title: string, of: 'asked' | 'freed'): Chart => {
    const busiest = all.filter((shrinker) => shrinker[of] > 0).sort((a, b) => b[of] - a[of])
    return {
      id,
      title,
      unit: 'objects',
      series: busiest.slice(0, COLORS.length).map(({ name }, index) => ({
        label: name,
        color: COLORS[index] ?? '',
        values: points.map(({ shrinkers }) => shrinkers[name]?.[of] ?? 0),
      })),
    }
  }
  return [
    chart('shrinkers-freed', 'What the busiest shrinkers freed, since the run began', 'freed'),
    chart('shrinkers-asked', 'What reclaim asked of the busiest shrinkers, since the run began', 'asked'),
  ].filter(({ series }) => series.length > 0)
}

function seconds(us: number): number {
  return Number((us / 1e6).toFixed(3))
}
