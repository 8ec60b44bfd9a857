/**
 * Chrome's trace event format (JSON object form), which Perfetto and chrome://tracing open: a track for each actor's
 * operations, one for pressure and phases, counters of memory, and marks for purges, OOM kills and kernel warnings.
 */
import { oomVictim } from '../events/oom-victim.js'
import type { PhaseBegin, StressEvent } from '../events/stress-event.js'
import { Purges } from './purges.js'

interface TraceEvent {
  readonly name: string
  /** X slice, C counter, i instant, M name of a process. */
  readonly ph: 'X' | 'C' | 'i' | 'M'
  readonly ts: number
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  /** g global, p process. */
  readonly s?: 'g' | 'p'
  readonly args?: Readonly<Record<string, unknown>>
}

/** The harness is process 1, actor n is process n + 2. */
const HARNESS = 1
const FIRST_ACTOR = 2
/** Purges of so many microseconds are one mark. */
const PURGES_TOGETHER_US = 10_000

/** Pieces of the file, in order. */
export async function* chromeTrace(events: AsyncIterable<StressEvent>): AsyncGenerator<string, void> {
  const named = new Set<number>()
  const purges = new PurgeMarks()
  let phase: PhaseBegin | undefined
  let last = 0
  yield '{"displayTimeUnit":"ms","traceEvents":[\n'
  yield JSON.stringify(processName(HARNESS, 'gemrig'))
  for await (const event of events) {
    last = Math.max(last, event.t)
    if (event.type === 'operation' && !named.has(event.actor)) {
      named.add(event.actor)
      yield `,\n${JSON.stringify(processName(FIRST_ACTOR + event.actor, `actor ${event.actor}`))}`
    }
    const traced = [...traceEvents(event), ...purges.observe(event)]
    if (event.type === 'phase-begin') phase = event
    else if (event.type === 'phase-end') {
      traced.push(phaseSlice(phase ?? event, event.t, { ...event.tally }))
      phase = undefined
    }
    for (const trace of traced) yield `,\n${JSON.stringify(trace)}`
  }
  const rest = [...purges.end(), ...(phase === undefined ? [] : [phaseSlice(phase, last, { cutOff: true })])]
  for (const trace of rest) yield `,\n${JSON.stringify(trace)}`
  yield '\n]}\n'
}

/** A mark for each purge; those that follow each other closely are one. */
class PurgeMarks {
  readonly #purges = new Purges()
  #first: { readonly t: number; readonly count: number } | undefined

  /** The marks that are complete with this event. */
  observe(event: StressEvent): TraceEvent[] {
    const { count } = this.#purges
    if (!this.#purges.observe(event)) return []
    if (this.#first !== undefined && event.t - this.#first.t < PURGES_TOGETHER_US) return []
    const complete = this.#mark(count)
    this.#first = { t: event.t, count }
    return complete
  }

  end(): TraceEvent[] {
    return this.#mark(this.#purges.count)
  }

  #mark(count: number): TraceEvent[] {
    if (this.#first === undefined) return []
    const { t, count: before } = this.#first
    return [globalMark(t, 'purged', { buffers: count - before })]
  }
}

function phaseSlice(
  { t, phase }: Pick<PhaseBegin, 't' | 'phase'>,
  end: number,
  args: Readonly<Record<string, unknown>>,
): TraceEvent {
  return { name: phase, ph: 'X', ts: t, dur: end - t, pid: HARNESS, tid: 1, args }
}

function globalMark(t: number, name: string, args: Readonly<Record<string, unknown>>): TraceEvent {
  return { name, ph: 'i', s: 'g', ts: t, pid: HARNESS, tid: 1, args }
}

/** Of this event alone. */
function traceEvents(event: StressEvent): TraceEvent[] {
  const mark = (name: string, args: Readonly<Record<string, unknown>>): TraceEvent[] => [
    globalMark(event.t, name, args),
  ]
  switch (event.type) {
    case 'operation':
      return [operationSlice(event)]
    case 'operation-unfinished': {
      const { actor, n, operation } = event
      return mark(`unfinished: ${operation.op}`, { actor, n, ...operation })
    }
    case 'sample':
      return counters(event)
    case 'pressure':
      return [{ ...globalMark(event.t, event.step, event.detail), s: 'p' }]
    case 'violation':
      return mark(`violation: ${event.oracle}`, { message: event.message })
    case 'hang':
      return mark('hang', { actor: event.actor, what: event.what, doing: event.doing })
    case 'task-exit':
      return event.expected ? [] : mark(`${event.task} ended`, { signal: event.signal, code: event.code })
    case 'oom-kill':
      return mark(`OOM kill: ${oomVictim(event)}`, { ...event })
    case 'kernel-log':
      return event.severity === 'information' ? [] : mark(`kernel: ${event.name}`, { text: event.text })
    default:
      return []
  }
}

function operationSlice(event: Extract<StressEvent, { type: 'operation' }>): TraceEvent {
  const { t, durationUs, actor, n, operation, outcome } = event
  const { op, ...details } = operation
  const name = outcome.result === 'ok' || outcome.result === 'intact' ? op : `${op}: ${outcome.result}`
  const args = { n, ...details, ...outcome }
  return { name, ph: 'X', ts: t, dur: durationUs, pid: FIRST_ACTOR + actor, tid: 1, args }
}

function counters(sample: Extract<StressEvent, { type: 'sample' }>): TraceEvent[] {
  const {
    t,
    freeBytes,
    availableBytes,
    shmemBytes,
    stall,
    slabsScanned,
    clients = [],
    shrinkers = [],
  } = sample
  const counter = (name: string, args: Record<string, number>, pid = HARNESS): TraceEvent => ({
    name,
    ph: 'C',
    ts: t,
    pid,
    tid: 1,
    args,
  })
  return [
    counter('memory', { freeBytes, availableBytes, shmemBytes }),
    counter('slabs scanned', { slabsScanned }),
    ...(stall === undefined ? [] : [counter('stall', { ...stall })]),
    ...shrinkers.map(({ name, ...counts }) => counter(`shrinker ${name}`, counts)),
    ...clients.map(({ actor, ...bytes }) =>
      counter('client memory', bytes as Record<string, number>, FIRST_ACTOR + actor),
    ),
  ]
}

function processName(pid: number, name: string): TraceEvent {
  return { name: 'process_name', ph: 'M', ts: 0, pid, tid: 1, args: { name } }
}
