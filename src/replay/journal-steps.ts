/** The program that a journal recorded. */
import type { PressureEvent, StressEvent, StressPlan } from '../events/stress-event.js'
import { operationFault } from '../workload/operation-shape.js'
import type { Step, StepOutcome } from './step.js'

export interface RecordedProgram {
  readonly plan: StressPlan
  readonly driver: string
  readonly steps: readonly Step[]
  /** What came of each step then; a reclaim has `ok`. */
  readonly outcomes: readonly StepOutcome[]
}

/** The journal is none, or has an operation that this version does not know. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
  readonly code = 'bad-journal'
}

/**
 * Operations in the order of their times. Where a pressure source pressed and the kernel could have reclaimed there is a
 * reclaim step instead: one for each thing that the source did. Throws JournalError.
 */
export function stepsOfJournal(events: readonly StressEvent[]): RecordedProgram {
  const begin = events.find((event) => event.type === 'run-begin')
  if (begin === undefined) throw new JournalError('the journal does not tell how the run began')
  const steps: Step[] = []
  const outcomes: StepOutcome[] = []
  for (const event of inOrder(events)) {
    if (event.type === 'pressure') {
      steps.push({ reclaim: true })
      outcomes.push({ result: 'ok' })
      continue
    }
    const { actor, operation } = checked(event)
    steps.push({ actor, operation })
    outcomes.push(event.type === 'operation' ? event.outcome : { result: 'unfinished' })
  }
  return { plan: begin.plan, driver: begin.driver, steps, outcomes }
}

/** A step that was passed over would make another program of it. */
function checked<Event extends Exclude<Recorded, PressureEvent>>(event: Event): Event {
  const { actor, t, operation } = event
  const isWhole = event.type !== 'operation' || typeof (event.outcome as unknown) === 'object'
  const fault = operationFault(operation) ?? (isWhole ? undefined : 'it has no outcome')
  if (fault === undefined) return event
  throw new JournalError(`the journal has a step that cannot be run (actor ${actor}, ${t} us): ${fault}`)
}

type Recorded = Extract<StressEvent, { type: (typeof RECORDED)[number] }>
const RECORDED = ['operation', 'operation-unfinished', 'pressure'] as const

/** Actors report in batches, so the lines of different actors are not in the order of their times. */
function inOrder(events: readonly StressEvent[]): Recorded[] {
  return events
    .filter((event): event is Recorded => RECORDED.some((type) => type === event.type))
    .map((event, index) => ({ event, index }))
    .sort((a, b) => a.event.t - b.event.t || a.index - b.index)
    .map(({ event }) => event)
}
