/** Counts what came of a phase, from its operation events. */
import type { OperationEvent, PhaseTally } from '../events/stress-event.js'
import { BufferStates, type BufferObject } from '../oracle/buffer-states.js'

type Counts = {
  -readonly [
    Key in 'purgeable' | 'purged' | 'confirmed' | 'retained' | 'verified' | 'refusedForMemory'
  ]: number
}

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

  observe(event: OperationEvent): void {
    this.#count(event, this.#states.find(event))
    this.#states.apply(event)
  }

  #count({ operation, outcome }: OperationEvent, object: Readonly<BufferObject> | undefined): void {
    const counts = this.#counts
    if (outcome.result === 'refused' && outcome.code === 'ENOMEM') counts.refusedForMemory++
    if (object === undefined) return
    const { state: before } = object
    if (operation.op === 'madvise') {
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
    if (operation.op === 'verify' && outcome.result === 'intact' && this.#unverified.delete(object))
      counts.verified++
    if (operation.op === 'touch' && outcome.result === 'sigbus' && before === 'purged') counts.confirmed++
  }

  /** The counts since the last call. */
  take(): Counts {
    const counts = this.#counts
    this.#counts = { ...NOTHING }
    return counts
  }
}

/** Phases together. */
export function sumTallies(tallies: readonly PhaseTally[]): PhaseTally {
  const sum = (key: keyof PhaseTally) => tallies.reduce((total, tally) => total + tally[key], 0)
  return {
    purgeable: sum('purgeable'),
    purged: sum('purged'),
    confirmed: sum('confirmed'),
    retained: sum('retained'),
    verified: sum('verified'),
    oomKills: sum('oomKills'),
    hogsKilled: sum('hogsKilled'),
    refusedForMemory: sum('refusedForMemory'),
    durationMs: sum('durationMs'),
  }
}
