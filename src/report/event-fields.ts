/** What the readers of a journal need of each event. More is in docs/schema/events.schema.json. */
import type { StressEvent } from '../events/stress-event.js'
import type { Fields } from './fields.js'

export const PLAN_FIELDS = {
  scenario: 'string',
  seed: 'number',
  durationMs: 'number',
  actors: 'number',
  buffers: 'number',
  pressure: 'array',
} as const satisfies Fields

const OPERATION = { actor: 'number', n: 'number', operation: { op: 'string', buffer: 'number' } } as const

export const EVENT_FIELDS: Readonly<Record<StressEvent['type'], Fields>> = {
  'run-begin': {
    gemrig: 'string',
    board: 'string',
    description: 'string',
    driver: 'string',
    driverVersion: 'string',
    node: 'string',
    plan: PLAN_FIELDS,
  },
  'phase-begin': { phase: 'string' },
  operation: { durationUs: 'number', ...OPERATION, outcome: { result: 'string' } },
  'operation-unfinished': OPERATION,
  pressure: { phase: 'string', step: 'string', detail: 'object' },
  sample: { costUs: 'number' },
  'kernel-log-begin': { readable: 'boolean' },
  'kernel-log': { uptimeUs: 'number', level: 'number', name: 'string', severity: 'string', text: 'string' },
  'kernel-log-settled': { provoked: 'array' },
  'kernel-log-end': { lost: 'number', newTaint: 'array' },
  hang: { silentMs: 'number' },
  'left-behind': { what: 'string', reason: 'string' },
  'task-exit': { task: 'string', expected: 'boolean' },
  'memory-check': { when: 'string', shmemBytes: 'number' },
  'oom-kill': { pid: 'number', task: 'string', whose: 'string', scope: 'string' },
  'oom-check': { oomKills: 'number', hogsKilled: 'number' },
  interleavings: { hunt: 'string', about: 'string', seeds: 'number' },
  violation: { oracle: 'string', message: 'string' },
  'phase-end': {
    phase: 'string',
    tally: {
      purgeable: 'number',
      purged: 'number',
      confirmed: 'number',
      retained: 'number',
      verified: 'number',
      oomKills: 'number',
      hogsKilled: 'number',
      refusedForMemory: 'number',
      durationMs: 'number',
    },
  },
  'phase-refused': { phase: 'string', reason: 'string' },
  'run-end': { verdict: 'string', reason: 'string' },
}
