/** Counts what came of a phase, from its operation events. */
import type { OperationEvent, PhaseTally } from '../events/stress-event.js'
import { BufferStates } from '../oracle/buffer-states.js'

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
  readonly #unverified = new Set<string>()
  #counts: Counts = { ...NOTHING }

  observe(event: OperationEvent): void {
    const before = this.#states.before(event)
    this.#count(event, before)
    this.#states.apply(event)
  }

  #count({ actor, operation, outcome }: OperationEvent, before: string | undefined): void {
    const counts = this.#counts
    const key = `${actor}/${operation.buffer}`
    if (outcome.result === 'refused' && outcome.code === 'ENOMEM') counts.refusedForMemory++
    if (operation.op === 'madvise') {
      if (operation.advice === 'dontneed' && outcome.result === 'retained' && before === 'needed')
        counts.purgeable++
      if (operation.advice === 'willneed' && before === 'not-needed') {
        if (outcome.result === 'purged') counts.purged++
        if (outcome.result === 'retained') {
          counts.retained++
          this.#unverified.add(key)
        }
      }
    }
    if (operation.op === 'verify' && outcome.result === 'intact' && this.#unverified.delete(key))
      counts.verified++
    if (operation.op === 'touch' && outcome.result === 'sigbus' && before === 'purged') counts.confirmed++
    if (operation.op === 'close') this.#unverified.delete(key)
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
