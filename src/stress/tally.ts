/** Counts what came of a phase, from its operation events. */
import type { OperationEvent, PhaseTally } from '../events/stress-event.js'
import { BufferStates, type BufferObject } from '../oracle/buffer-states.js'

type Counts = {
  -readonly [
    Key in 'purgeable' | 'purged' | 'confirmed' | 'retained' | 'verified' | 'refusedForMemory'
  ]: number
}

type SometimesCounted = Pick<PhaseTally, 'checked' | 'evictedBytes' | 'jobs' | 'jobsTimedOut'>

const NOTHING: Counts = {
  purgeable: 0,
  purged: 0,
  confirmed: 0,
  retained: 0,
  verified: 0,
  refusedForMemory: 0,
}

export class Tally {
  readonly #states = new BufferStates()
  /** Taken back with its pages, and not verified yet. */
  readonly #unverified = new WeakSet<Readonly<BufferObject>>()
  #counts: Counts = { ...NOTHING }
  readonly #everGiven = new WeakSet<Readonly<BufferObject>>()
  #checked = new Set<Readonly<BufferObject>>()
  #evictedBytes = 0
  #jobs = 0
  #jobsTimedOut = 0

  observe(event: OperationEvent): void {
    this.#count(event, this.#states.find(event))
    this.#countRace(event)
    this.#states.apply(event)
  }

  #count({ operation, outcome }: OperationEvent, object: Readonly<BufferObject> | undefined): void {
    const counts = this.#counts
    if (outcome.result === 'evicted') this.#evictedBytes = Math.max(this.#evictedBytes, outcome.bytes)
    if (outcome.result === 'completed' || outcome.result === 'timed-out') this.#jobs++
    if (outcome.result === 'timed-out') this.#jobsTimedOut++
    if (outcome.result === 'refused' && outcome.code === 'ENOMEM') counts.refusedForMemory++
    if (object === undefined) return
    const { state: before } = object
    if (operation.op === 'madvise') {
      if (operation.advice === 'dontneed') this.#everGiven.add(object)
      if (operation.advice === 'dontneed' && outcome.result === 'retained' && before === 'needed')
        counts.purgeable++
      if (operation.advice === 'willneed' && before === 'not-needed') {
        if (outcome.result === 'purged') counts.purged++
        if (outcome.result === 'retained') {
          counts.retained++
          this.#unverified.add(object)
        }
      }
    }
    if (outcome.result === 'intact' && !this.#everGiven.has(object)) this.#checked.add(object)
    if (operation.op === 'verify' && outcome.result === 'intact' && this.#unverified.delete(object))
      counts.verified++
    if (operation.op === 'touch' && outcome.result === 'sigbus' && before === 'purged') counts.confirmed++
  }

  /** Where one was purged it is for the next answer of each buffer to tell which. */
  #countRace(event: OperationEvent): void {
    const { outcome } = event
    if (outcome.result !== 'raced') return
    for (const object of this.#states.raced(event)) {
      this.#everGiven.add(object)
      if (outcome.purged > 0 && object.state === 'needed') this.#counts.purgeable++
      if (outcome.purged > 0 || object.state !== 'not-needed') continue
      this.#counts.retained++
      this.#unverified.add(object)
    }
  }

  /** Since the counts were last taken. */
  get counts(): Readonly<Counts> & SometimesCounted {
    return {
      ...this.#counts,
      ...(this.#checked.size > 0 && { checked: this.#checked.size }),
      ...(this.#evictedBytes > 0 && { evictedBytes: this.#evictedBytes }),
      ...(this.#jobs > 0 && { jobs: this.#jobs, jobsTimedOut: this.#jobsTimedOut }),
    }
  }

  /** Buffers that were purged, since the counts were last taken. */
  get purged(): number {
    return this.#counts.purged
  }

  /** The counts since the last call. */
  take(): Readonly<Counts> & SometimesCounted {
    const { counts } = this
    this.#counts = { ...NOTHING }
    this.#checked = new Set()
    this.#evictedBytes = this.#jobs = this.#jobsTimedOut = 0
    return counts
  }
}

/** Phases together. */
export function sumTallies(tallies: readonly PhaseTally[]): PhaseTally {
  const sum = (key: keyof PhaseTally) => tallies.reduce((total, tally) => total + (tally[key] ?? 0), 0)
  const evictedBytes = Math.max(0, ...tallies.map((tally) => tally.evictedBytes ?? 0))
  return {
    purgeable: sum('purgeable'),
    purged: sum('purged'),
    confirmed: sum('confirmed'),
    retained: sum('retained'),
    verified: sum('verified'),
    oomKills: sum('oomKills'),
    hogsKilled: sum('hogsKilled'),
    refusedForMemory: sum('refusedForMemory'),
    ...(sum('checked') > 0 && { checked: sum('checked') }),
    ...(evictedBytes > 0 && { evictedBytes }),
    ...(sum('jobs') > 0 && { jobs: sum('jobs'), jobsTimedOut: sum('jobsTimedOut') }),
    durationMs: sum('durationMs'),
  }
}
