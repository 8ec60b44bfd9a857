/** One direction of the messages between two simulated processes: in order, one at a time, each at its time. */
import type { SimTask } from '../sim/process/task-struct.js'
import type { FakeMachine } from './fake-machine.js'

/** From write to readable, in nanoseconds. Modelled. */
const TRANSIT_NS = 30_000

export class FakeChannel<T> {
  readonly #machine: FakeMachine
  readonly #receiver: SimTask
  readonly #deliver: (item: T) => void
  readonly #inTransit: T[] = []

  constructor(machine: FakeMachine, receiver: SimTask, deliver: (item: T) => void) {
    this.#machine = machine
    this.#receiver = receiver
    this.#deliver = deliver
  }

  send(item: T, timeNs: number): void {
    this.#inTransit.push(item)
    // Whichever wake-up comes first delivers the oldest item, so latencies cannot change the order.
    this.#machine.wake(this.#receiver, timeNs + TRANSIT_NS, () => {
      const oldest = this.#inTransit.shift()
      if (oldest !== undefined) this.#deliver(oldest)
    })
  }
}

/** What JSON makes of a message on its way to another process. */
export function asJson(message: unknown): unknown {
  const text = JSON.stringify(message) as string | undefined
  return text === undefined ? null : (JSON.parse(text) as unknown)
}
