/** Records of the kernel's log can be judged at once, but for those that only the end of their phase explains. */
import type { KernelLogEvent, KernelLogSettled, StressEvent } from '../events/stress-event.js'

export class ConditionalRecords {
  #held: KernelLogEvent[] = []

  /** Those that nothing has settled yet: of a journal that was cut off, nobody can tell. */
  get held(): readonly KernelLogEvent[] {
    return this.#held
  }

  /** The records that can be judged from this event on: itself, or those that it settles. */
  observe(event: StressEvent): readonly KernelLogEvent[] {
    if (event.type === 'kernel-log-settled')
      return this.#held.splice(0).map((record) => settledRecord(record, event))
    if (event.type !== 'kernel-log') return []
    if (event.conditional !== true) return [event]
    this.#held.push(event)
    return []
  }
}

/** The record as it is to be judged; as it was when it was no conditional one. */
export function settledRecord(record: KernelLogEvent, { provoked }: KernelLogSettled): KernelLogEvent {
  const { conditional, ...known } = record
  return conditional === true && provoked.includes(known.name) ? { ...known, expected: true } : known
}
