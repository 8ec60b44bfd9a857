/** The samples and marks of a run for drawing: of a long run so few that a page can hold them. */
import type { KernelLogEvent, SampleEvent, ShrinkerSample, StressEvent } from '../events/stress-event.js'

const MOST_POINTS = 4000
const MOST_MARKS = 1000
const MOST_RECORDS = 1500

export interface TimelineNumbers {
  readonly t: number
  readonly freeBytes: number
  readonly availableBytes: number
  readonly shmemBytes: number
  readonly swapFreeBytes: number
  readonly slabsScanned: number
  readonly allocStalls: number
  readonly stallSomeUs: number
  readonly stallFullUs: number
  readonly purgeableBytes: number
  readonly residentBytes: number
  readonly workloadBytes: number
  /** Of all actors, until then. */
  readonly purged: number
  readonly oomKills: number
}

export interface TimelinePoint extends TimelineNumbers {
  /** Of each shrinker, by name, until then. */
  readonly shrinkers: ShrinkerTotals
}

type Details = Pick<TimelineNumbers, 'purgeableBytes' | 'residentBytes' | 'workloadBytes'>

export type ShrinkerTotals = Readonly<Record<string, ShrinkerSample>>

export interface TimelineMark {
  readonly t: number
  readonly kind: 'phase' | 'oom' | 'kernel' | 'violation' | 'hang'
  readonly text: string
}

/** At a drop the lowest value counts, of everything else the highest: what happened shows, however short. */
const LOWEST = new Set<keyof TimelineNumbers>(['freeBytes', 'availableBytes', 'swapFreeBytes'])

export class Timeline {
  readonly marks: TimelineMark[] = []
  readonly records: KernelLogEvent[] = []
  /** How many kernel records were left out. */
  leftOut = 0
  #points: TimelinePoint[] = []
  #purged = 0
  #shrinkers: ShrinkerTotals = {}
  /** What only some samples tell: of the last one that did. */
  #details: Details = { purgeableBytes: 0, residentBytes: 0, workloadBytes: 0 }
  /** So many samples make a point. */
  #stride = 1
  #pending: TimelinePoint[] = []

  get points(): readonly TimelinePoint[] {
    return this.#pending.length === 0 ? this.#points : [...this.#points, this.#pending.reduce(merge)]
  }

  observe(event: StressEvent): void {
    if (event.type === 'sample') {
      if (event.shrinkers !== undefined) this.#shrinkers = totals(this.#shrinkers, event.shrinkers)
      this.#details = { ...this.#details, ...detailsOf(event) }
      this.#add({
        ...numbersOf(event),
        ...this.#details,
        purged: this.#purged,
        shrinkers: this.#shrinkers,
      })
    }
    // Every purged buffer is touched once, to be sure, and raises SIGBUS.
    else if (event.type === 'operation' && event.outcome.result === 'sigbus') this.#purged++
    else if (event.type === 'kernel-log') this.#record(event)
    else if (event.type === 'phase-begin') this.#mark(event.t, 'phase', event.phase)
    else if (event.type === 'violation') this.#mark(event.t, 'violation', `${event.oracle}: ${event.message}`)
    else if (event.type === 'operation-unfinished')
      this.#mark(event.t, 'hang', `actor ${event.actor} did not come back from ${event.operation.op}`)
    else if (event.type === 'hang')
      this.#mark(event.t, 'hang', `${event.what ?? `actor ${event.actor}`} hangs`)
    else if (event.type === 'task-exit' && event.signal === 'SIGKILL' && !event.expected)
      this.#mark(event.t, 'oom', `${event.task} was killed`)
  }

  #record(event: KernelLogEvent): void {
    if (event.name === 'oom-killed') this.#mark(event.t, 'oom', event.text)
    else if (event.severity !== 'information') this.#mark(event.t, 'kernel', `${event.name}: ${event.text}`)
    // What matters is kept however late it comes.
    if (this.records.length < MOST_RECORDS || event.severity === 'fail') this.records.push(event)
    else this.leftOut++
  }

  #mark(t: number, kind: TimelineMark['kind'], text: string): void {
    if (this.marks.length < MOST_MARKS) this.marks.push({ t, kind, text })
  }

  #add(point: TimelinePoint): void {
    this.#pending.push(point)
    if (this.#pending.length < this.#stride) return
    this.#points.push(this.#pending.reduce(merge))
    this.#pending = []
    if (this.#points.length < MOST_POINTS) return
    this.#points = pairs(this.#points)
    this.#stride *= 2
  }
}

function totals(before: ShrinkerTotals, called: readonly ShrinkerSample[]): ShrinkerTotals {
  const after = { ...before }
  for (const { name, calls, asked, freed } of called) {
    const last = before[name] ?? { name, calls: 0, asked: 0, freed: 0 }
    after[name] = {
      name,
      calls: last.calls + calls,
      asked: last.asked + asked,
      freed: last.freed + freed,
    }
  }
  return after
}

function detailsOf({ clients, cgroups }: SampleEvent): Partial<Details> {
  const sum = (key: 'purgeableBytes' | 'residentBytes') =>
    (clients ?? []).reduce((total, client) => total + (client[key] ?? 0), 0)
  return {
    ...(clients && { purgeableBytes: sum('purgeableBytes'), residentBytes: sum('residentBytes') }),
    ...(cgroups && { workloadBytes: cgroups.workload.currentBytes }),
  }
}

function numbersOf(sample: SampleEvent): Omit<TimelineNumbers, keyof Details | 'purged'> {
  const { t, freeBytes, availableBytes, shmemBytes, swapFreeBytes, slabsScanned, allocStalls, oomKills } =
    sample
  return {
    t,
    freeBytes,
    availableBytes,
    shmemBytes,
    swapFreeBytes,
    slabsScanned,
    allocStalls,
    stallSomeUs: sample.stall?.someUs ?? 0,
    stallFullUs: sample.stall?.fullUs ?? 0,
    oomKills,
  }
}

function merge(a: TimelinePoint, b: TimelinePoint): TimelinePoint {
  // The totals of shrinkers only grow, so the later ones are the highest.
  const { shrinkers, ...numbers } = b
  const merged: { -readonly [Key in keyof TimelineNumbers]: number } = numbers
  for (const key of Object.keys(merged) as (keyof TimelineNumbers)[])
    merged[key] = LOWEST.has(key) ? Math.min(a[key], b[key]) : Math.max(a[key], b[key])
  return { ...merged, shrinkers }
}

function pairs(points: readonly TimelinePoint[]): TimelinePoint[] {
  const halved: TimelinePoint[] = []
  for (let i = 0; i < points.length; i += 2) {
    const [a, b] = [points[i], points[i + 1]]
    if (a !== undefined) halved.push(b === undefined ? a : merge(a, b))
  }
  return halved
}
