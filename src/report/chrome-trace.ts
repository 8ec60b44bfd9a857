/**
 * Chrome's trace event format (JSON object form), which Perfetto and chrome://tracing open: a track for each actor's
 * operations, one for pressure and phases, counters of memory, and marks for purges, OOM kills and kernel warnings.
 */
import type { StressEvent } from '../events/stress-event.js'

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

/** Pieces of the file, in order. */
export async function* chromeTrace(events: AsyncIterable<StressEvent>): AsyncGenerator<string, void> {
  const named = new Set<number>()
  let begin: number | undefined
  yield '{"displayTimeUnit":"ms","traceEvents":[\n'
  yield JSON.stringify(processName(HARNESS, 'gemrig'))
  for await (const event of events) {
    if (event.type === 'phase-begin') begin = event.t
    if (event.type === 'operation' && !named.has(event.actor)) {
      named.add(event.actor)
      yield `,\n${JSON.stringify(processName(FIRST_ACTOR + event.actor, `actor ${event.actor}`))}`
    }
    for (const trace of traceEvents(event, begin)) yield `,\n${JSON.stringify(trace)}`
  }
  yield '\n]}\n'
}

function traceEvents(event: StressEvent, phaseBegin: number | undefined): TraceEvent[] {
  const at = { ts: event.t, pid: HARNESS, tid: 1 }
  const mark = (name: string, args: Readonly<Record<string, unknown>>): TraceEvent[] => [
    { name, ph: 'i', s: 'g', ...at, args },
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
    case 'phase-end': {
      const ts = phaseBegin ?? event.t
      return [{ name: event.phase, ph: 'X', ...at, ts, dur: event.t - ts, args: { ...event.tally } }]
    }
    case 'pressure':
      return [{ name: event.step, ph: 'i', s: 'p', ...at, args: event.detail }]
    case 'violation':
      return mark(`violation: ${event.oracle}`, { message: event.message })
    case 'hang':
      return mark('hang', { actor: event.actor, what: event.what, doing: event.doing })
    case 'task-exit':
      return event.expected ? [] : mark(`${event.task} ended`, { signal: event.signal, code: event.code })
    case 'kernel-log':
      return event.severity === 'information' && event.name !== 'oom-killed'
        ? []
        : mark(`kernel: ${event.name}`, { text: event.text })
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
