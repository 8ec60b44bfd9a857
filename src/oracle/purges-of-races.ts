/** Races of advices that told of a purge without telling of which buffer: one of theirs must be found purged. */
import type { OperationEvent } from '../events/stress-event.js'
import { advisedInRace } from './buffer-states.js'

export class PurgesOfRaces {
  /** For each buffer of such a race: those of the same race that nobody has asked since. */
  readonly #unasked = new Map<string, Set<string>>()

  /** Whether this answer contradicts a race: it told of a purge, and all of its buffers turn out to be retained. */
  observe({ actor, operation, outcome }: OperationEvent): boolean {
    if (outcome.result === 'raced' && outcome.purged > 0) this.#begin(actor, advisedInRace(operation))
    const name = `${actor}/${operation.buffer}`
    const unasked = this.#unasked.get(name)
    if (unasked === undefined) return false
    if (operation.op === 'madvise' && outcome.result === 'retained') {
      this.#unasked.delete(name)
      unasked.delete(name)
      return unasked.size === 0
    }
    // The purged one is found; or one is closed, and it may have been that.
    if (outcome.result === 'purged' || outcome.result === 'sigbus' || operation.op === 'close')
      for (const each of unasked) this.#unasked.delete(each)
    return false
  }

  #begin(actor: number, names: readonly number[]): void {
    const unasked = new Set(names.map((name) => `${actor}/${name}`))
    for (const name of unasked) this.#unasked.set(name, unasked)
  }
}
