import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { PhaseTally, StressEvent } from '../../src/events/stress-event.js'
import { ProgressState } from '../../src/report/progress-state.js'
import { createProgress } from '../../src/report/progress.js'
import { summaryTable } from '../../src/report/summary-table.js'
import { Timeline } from '../../src/report/timeline.js'
import { DEFAULT_PLAN } from '../../src/stress/plan.js'
import type { StressResult } from '../../src/stress/recorder.js'
import { sumTallies } from '../../src/stress/tally.js'
import type { Operation, OperationOutcome } from '../../src/workload/operation.js'

const tally = (more: Partial<PhaseTally>): PhaseTally => ({ ...sumTallies([]), ...more })

function result(...phases: StressResult['phases']): StressResult {
  const total = tally({ purged: 7 })
  return {
    verdict: 'pass',
    reason: 'why',
    plan: DEFAULT_PLAN,
    driver: 'panfrost',
    phases,
    total,
    violations: ['v'],
    operations: 99,
  }
}

/** The cells of a table's rows. */
function cells(table: string): string[][] {
  const rows = table.split('\n').filter((line) => line.startsWith('│'))
  return rows.map((row) =>
    row
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

test('the table has a row for each pressure source, with the counts of its phase', () => {
  const squeezed = tally({
    purgeable: 50,
    retained: 50,
    verified: 49,
    oomKills: 1,
    hogsKilled: 1,
    durationMs: 5040,
  })
  const reclaimed = tally({
    purgeable: 60,
    purged: 40,
    confirmed: 39,
    retained: 20,
    verified: 20,
    durationMs: 999,
  })
  const table = summaryTable(
    result(
      { phase: 'cgroup-squeeze', tally: squeezed },
      { phase: 'root-reclaim', tally: reclaimed },
      { phase: 'machine-pressure', refused: 'no such thing' },
    ),
  )
  expect(cells(table)).toEqual([
    ['pressure', 'purgeable', 'purged', 'confirmed', 'retained', 'verified', 'OOM kills', 'time'],
    ['cgroup squeeze', '50', '0', '0', '50', '49', '1 (the hog)', '5.0 s'],
    ['root reclaim', '60', '40', '39', '20', '20', '0', '1.0 s'],
    ['machine pressure', 'not used: no such thing'],
  ])
})

test('the table tells when the OOM killer took others', () => {
  const phase = { phase: 'machine-pressure', tally: tally({ oomKills: 3, hogsKilled: 1 }) } as const
  expect(summaryTable(result(phase))).toContain('3 (2 not ours!)')
})

test('in a narrow window there is a list in place of the table', () => {
  const text = summaryTable(
    result({ phase: 'machine-pressure', tally: tally({ purged: 3, purgeable: 7 }) }),
    40,
  )
  expect(text).toMatch(/^machine pressure, [\d.]+ s:\n {2}3 of 7 purged\n/)
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(40)
})

test('a line of progress tells stalls, warnings and broken promises, and what fits', () => {
  const state = new ProgressState()
  const sample = { freeBytes: 100 << 20, availableBytes: 0, shmemBytes: 0, swapFreeBytes: 0, oomKills: 0 }
  const counters = { slabsScanned: 0, dropSlabs: 0, allocStalls: 0, costUs: 0, pagesSwappedOut: 0 }
  const record = { sequence: 1, uptimeUs: 1, level: 4, name: 'kasan', text: 'BUG: KASAN' }
  const events: StressEvent[] = [
    { type: 'phase-begin', t: 0, phase: 'root-reclaim' },
    { type: 'sample', t: 0, ...sample, ...counters, stall: { someUs: 0, fullUs: 0 } },
    { type: 'kernel-log', t: 1, ...record, severity: 'fail' },
    { type: 'kernel-log', t: 1, ...record, severity: 'fail', expected: true },
    { type: 'violation', t: 2, oracle: 'no-new-kernel-warning', message: 'kasan' },
    { type: 'sample', t: 500_000, ...sample, ...counters, stall: { someUs: 125_000, fullUs: 0 } },
  ]
  for (const event of events) state.observe(event)
  const line =
    'root-reclaim  BROKEN PROMISES 1  0.5 s  0 purged (0/s)  100 MiB free  stalled 25 %  1 kernel warnings  0 operations'
  expect(state.line()).toBe(line)
  expect(state.line(60)).toBe('root-reclaim  BROKEN PROMISES 1  0.5 s  0 purged (0/s)')
  expect(state.line(5)).toBe('root-')
  // The counter has what reading took, too.
  state.observe({ type: 'sample', t: 600_000, ...sample, ...counters, stall: { someUs: 300_000, fullUs: 0 } })
  expect(state.line()).toContain('stalled 100 %')
})

const told = (n: number, operation: Operation, outcome: OperationOutcome): StressEvent => ({
  ...{ type: 'operation', t: 1, durationUs: 1, actor: 0, n },
  ...{ operation, outcome },
})

test('without a terminal, progress is plain lines: at each phase, each violation, and every two seconds', async () => {
  const stream = new PassThrough()
  const progress = createProgress(stream as unknown as NodeJS.WriteStream)
  const events: StressEvent[] = [
    { type: 'phase-begin', t: 0, phase: 'root-reclaim' },
    { type: 'pressure', t: 1_000_000, phase: 'root-reclaim', step: 'x', detail: {} },
    told(0, { op: 'create', buffer: 1, sizeBytes: 4096, noexec: true }, { result: 'ok' }),
    told(1, { op: 'madvise', buffer: 1, advice: 'dontneed' }, { result: 'retained' }),
    // Told twice, it is purged once; a buffer that is never touched raises no SIGBUS.
    told(2, { op: 'madvise', buffer: 1, advice: 'willneed' }, { result: 'purged' }),
    told(3, { op: 'madvise', buffer: 1, advice: 'willneed' }, { result: 'purged' }),
    { type: 'pressure', t: 2_500_000, phase: 'root-reclaim', step: 'x', detail: {} },
    { type: 'violation', t: 2_500_001, oracle: 'retained-is-intact', message: 'lost' },
    { type: 'pressure', t: 5_000_000, phase: 'root-reclaim', step: 'x', detail: {} },
  ]
  for (const event of events) progress.observe(event)
  progress.end()
  stream.end()
  const lines = (await stream.toArray()).join('').trimEnd().split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/^root-reclaim .* 0 purged/),
    expect.stringMatching(/2\.5 s {2}1 purged \(1\/s\) {2}4 operations$/),
    'retained-is-intact: lost',
    expect.stringMatching(/^root-reclaim {2}BROKEN PROMISES 1 {2}5\.0 s /),
  ])
  expect(lines.join()).not.toContain('\u001b')
})

test('a sample that tells nothing of the cgroups leaves what the one before told', () => {
  const timeline = new Timeline()
  const counters = { slabsScanned: 0, dropSlabs: 0, allocStalls: 0, costUs: 0, oomKills: 0 }
  const sample = { freeBytes: 1, availableBytes: 1, shmemBytes: 0, swapFreeBytes: 0, ...counters }
  const group = { currentBytes: 5 << 20, shmemBytes: 0, limitHits: 0, oomKills: 0 }
  timeline.observe({ type: 'sample', t: 0, ...sample, cgroups: { run: group, workload: group } })
  timeline.observe({ type: 'sample', t: 1, ...sample })
  expect(timeline.points.map(({ workloadBytes }) => workloadBytes)).toEqual([5 << 20, 5 << 20])
})
