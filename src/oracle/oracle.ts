/**
 * Oracles: rules that the events of a run must obey. They look at events only, so they judge a journal that was read
 * back as well as a run that goes on.
 */
import type { OracleName, StressEvent } from '../events/stress-event.js'
import type { BufferState } from './buffer-states.js'

export interface Oracle {
  readonly name: OracleName
  /**
   * What is wrong with this event, in one line each; undefined when nothing is. `before` is the state of the buffer that
   * an operation event is about, `isHeld` whether somebody else may use that buffer, `isClosed` whether its handle was
   * closed behind its back.
   */
  observe(
    event: StressEvent,
    before: BufferState | undefined,
    isHeld: boolean,
    isClosed: boolean,
  ): string | readonly string[] | undefined
}

/** `buffer 7 of actor 1`, for messages. */
export function subjectOf(event: Extract<StressEvent, { type: 'operation' }>): string {
  return `buffer ${event.operation.buffer} of actor ${event.actor} (operation ${event.n}, ${event.operation.op})`
}
