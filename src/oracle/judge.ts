/** Puts every event of a run before every oracle. */
import type { StressEvent, ViolationEvent } from '../events/stress-event.js'
import { BufferStates } from './buffer-states.js'
import { brokenRule } from './interleavings.js'
import { createOracles } from './oracles.js'

export class Judge {
  readonly #oracles
  readonly #states = new BufferStates()
  #violations = 0

  /** `driver` of the device, for events without a `run-begin`. */
  constructor(driver?: string) {
    this.#oracles = createOracles(driver)
  }

  get violations(): number {
    return this.#violations
  }

  /** The violations that this event shows. */
  observe(event: StressEvent): ViolationEvent[] {
    const object = event.type === 'operation' ? this.#states.find(event) : undefined
    const { state: before, isHeld = false, isClosed = false } = object ?? {}
    const found = this.#oracles.flatMap((oracle): ViolationEvent[] => {
      const messages = [oracle.observe(event, before, isHeld, isClosed) ?? []].flat()
      return messages.map((message) => ({ type: 'violation', t: event.t, oracle: oracle.name, message }))
    })
    if (event.type === 'operation') this.#states.apply(event)
    const broken = event.type === 'interleavings' ? brokenRule(event) : undefined
    if (broken !== undefined)
      found.push({ type: 'violation', t: event.t, oracle: broken[0], message: broken[1] })
    this.#violations += found.length
    return found
  }
}
