/** The samples and marks of a run for drawing: of a long run so few that a page can hold them. */
import { oomVictim } from '../events/oom-victim.js'
import type {
  CgroupSample,
  KernelLogEvent,
  SampleEvent,
  ShrinkerSample,
  StressEvent,
} from '../events/stress-event.js'
import { Purges } from './purges.js'
import { TimelineLog } from './timeline-log.js'

const MOST_POINTS = 4000
const MOST_MARKS = 1000
const MOST_MARK_CHARACTERS = 200
const MOST_PURGE_MARKS = 500
/** How close together purges are one mark, at first. */
const PURGES_TOGETHER_US = 1000

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
  /** Of the cgroup of the run: the workload and hogs in it. */
  readonly anonBytes: number
  readonly fileBytes: number
  readonly unevictableBytes: number
  readonly kernelBytes: number
  /** Of all buffers of the driver's. */
  readonly gemResidentBytes: number
  readonly gemReclaimableBytes: number
  /** Of all actors, until then. */
  readonly purged: number
  readonly oomKills: number
}

export interface TimelinePoint extends TimelineNumbers {
  /** Of each shrinker, by name, until then. */
  readonly shrinkers: ShrinkerTotals
}

const NO_DETAILS = {
  purgeableBytes: 0,
  residentBytes: 0,
  workloadBytes: 0,
  anonBytes: 0,
  fileBytes: 0,
  unevictableBytes: 0,
  kernelBytes: 0,
  gemResidentBytes: 0,
  gemReclaimableBytes: 0,
}
type Details = Pick<TimelineNumbers, keyof typeof NO_DETAILS>

export type ShrinkerTotals = Readonly<Record<string, ShrinkerSample>>

export interface TimelineMark {
  readonly t: number
  readonly kind: 'phase' | 'purge' | 'oom' | 'kernel' | 'violation' | 'hang'
  readonly text: string
}

/** At a drop the lowest value counts, of everything else the highest: what happened shows, however short. */
const LOWEST = new Set<keyof TimelineNumbers>(['freeBytes', 'availableBytes', 'swapFreeBytes'])

export class Timeline {
  readonly #log = new TimelineLog()
  readonly #purges = new Purges()
  readonly #purgeMarks = new PurgeMarks()
  readonly #marks: TimelineMark[] = []
  /** Marks that were left out, as there were so many. */
  marksLeftOut = 0
  #points: TimelinePoint[] = []
  #shrinkers: ShrinkerTotals = {}
  /** What only some samples tell: of the last one that did. */
  #details: Details = NO_DETAILS
  /** So many samples make a point. */
  #stride = 1
  #pending: TimelinePoint[] = []

  /** In the order of their kinds: purges first, for what is seldom to be drawn over them. */
  get marks(): readonly TimelineMark[] {
    return [...this.#purgeMarks.marks, ...this.#marks]
  }

  get log(): Pick<TimelineLog, 'records' | 'leftOut' | 'shortened'> {
    return this.#log
  }

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
        purged: this.#purges.count,
        shrinkers: this.#shrinkers,
      })
    } else if (event.type === 'operation') {
      if (this.#purges.observe(event)) this.#purgeMarks.add(event.t)
    } else if (event.type === 'kernel-log') this.#record(event)
    else if (event.type === 'kernel-log-settled') this.#log.settle(event)
    else if (event.type === 'oom-kill') this.#mark(event.t, 'oom', oomVictim(event))
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
    if (event.severity !== 'information') this.#mark(event.t, 'kernel', `${event.name}: ${event.text}`)
    this.#log.add(event)
  }

  #mark(t: number, kind: TimelineMark['kind'], text: string): void {
    if (this.#marks.length < MOST_MARKS)
      this.#marks.push({ t, kind, text: text.slice(0, MOST_MARK_CHARACTERS) })
    else this.marksLeftOut++
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

/** Purges that lie close together are one mark: how close is doubled whenever there are too many. */
class PurgeMarks {
  #periods: { readonly t: number; readonly buffers: number }[] = []
  #togetherUs = PURGES_TOGETHER_US

  get marks(): TimelineMark[] {
    return this.#periods.map(({ t, buffers }) => ({ t, kind: 'purge', text: `${buffers} buffer(s) purged` }))
  }

  add(t: number, buffers = 1): void {
    const last = this.#periods.at(-1)
    if (last !== undefined && t - last.t < this.#togetherUs)
      this.#periods[this.#periods.length - 1] = { t: last.t, buffers: last.buffers + buffers }
    else this.#periods.push({ t, buffers })
    if (this.#periods.length <= MOST_PURGE_MARKS) return
    this.#togetherUs *= 2
    for (const period of this.#periods.splice(0)) this.add(period.t, period.buffers)
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

function detailsOf({ clients, cgroups, gems }: SampleEvent): Partial<Details> {
  const sum = (key: 'purgeableBytes' | 'residentBytes') =>
    (clients ?? []).reduce((total, client) => total + (client[key] ?? 0), 0)
  return {
    ...(clients && { purgeableBytes: sum('purgeableBytes'), residentBytes: sum('residentBytes') }),
    ...(cgroups && { workloadBytes: cgroups.workload.currentBytes, ...kindsOf(cgroups.run) }),
    ...(gems && { gemResidentBytes: gems.residentBytes, gemReclaimableBytes: gems.reclaimableBytes }),
  }
}

function kindsOf({ anonBytes = 0, fileBytes = 0, unevictableBytes = 0, kernelBytes = 0 }: CgroupSample) {
  return { anonBytes, fileBytes, unevictableBytes, kernelBytes }
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
