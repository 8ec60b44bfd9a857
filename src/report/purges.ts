/** Which operations told that a buffer had been purged: each purge once, as a phase's tally counts them. */
import type { StressEvent } from '../events/stress-event.js'
import { Tally } from '../stress/tally.js'

export class Purges {
  readonly #tally = new Tally()

  /** Buffers, until now. */
  get count(): number {
    return this.#tally.purged
  }

  /** Whether this event is one. */
  observe(event: StressEvent): boolean {
    if (event.type !== 'operation') return false
    const before = this.count
    this.#tally.observe(event)
    return this.count > before
  }
}
