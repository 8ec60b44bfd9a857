/** What the formats for test results say of runs that were not judged to their end. */
import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { ORACLE_NAMES, type StressEvent } from '../../src/events/stress-event.js'
import { parseFakeWish } from '../../src/fake-wish.js'
import { suitesOf, type TestCase } from '../../src/report/cases.js'
import { report, summarize } from '../../src/report/formats.js'
import type { ResultJson } from '../../src/report/result-json.js'
import { summaryTable } from '../../src/report/summary-table.js'
import { stress } from './lying-board.js'

async function* replayed(events: readonly StressEvent[]): AsyncGenerator<StressEvent, void> {
  for (const event of events) yield await Promise.resolve(event)
}
const resultOf = async (events: readonly StressEvent[]): Promise<ResultJson> =>
  (await summarize(replayed(events), '/folder')).result
const casesOf = (result: ResultJson): Map<string, TestCase> =>
  new Map(suitesOf(result).flatMap(({ cases }) => cases.map((one) => [one.name, one])))
const promisesOf = (result: ResultJson): string[] => {
  const cases = casesOf(result)
  return ORACLE_NAMES.map((name) => cases.get(name)?.result ?? 'none')
}

let events: readonly StressEvent[] = []
beforeAll(async () => {
  events = (await stress(createFakeBoard({ seed: 1 }))).events
})
const upTo = (type: StressEvent['type']) =>
  events.slice(
    0,
    events.findIndex((event) => event.type === type),
  )

test('the kernel log is not called clean when records of it were lost', async () => {
  expect(casesOf(await resultOf(events)).get('no-new-kernel-warning')?.result).toBe('pass')
  const result = await resultOf(
    events.map((event) => (event.type === 'kernel-log-end' ? { ...event, lost: 7 } : event)),
  )
  expect(casesOf(result).get('no-new-kernel-warning')).toMatchObject({
    result: 'skip',
    message: '7 records of the kernel log were lost',
  })
})

describe('of a run that ended early', () => {
  test('by the loss of the board: no promise passes', async () => {
    const result = await resultOf(upTo('phase-end'))
    expect(result).toMatchObject({ complete: false, endedEarly: true })
    expect(new Set(promisesOf(result))).toEqual(new Set(['skip']))
    expect(casesOf(result).get('memory-comes-back')?.message).toContain('the journal ends after')
  })

  test('by Ctrl-C: no promise passes, and one that was broken fails', async () => {
    const interrupt = new AbortController()
    const all: StressEvent[] = []
    const emit = (event: StressEvent) => {
      all.push(event)
      if (event.t > 1_000_000) interrupt.abort()
    }
    const board = createFakeBoard({ seed: 1 })
    const { verdict } = await stress(board, {}, { signal: interrupt.signal, emit })
    expect(verdict).toBe('interrupted')
    const result = await resultOf(all)
    expect(result).toMatchObject({ complete: true, endedEarly: true })
    expect(new Set(promisesOf(result))).toEqual(new Set(['skip']))
    const violation = { type: 'violation', t: 1, oracle: 'retained-is-intact', message: 'lost' } as const
    const broken = casesOf(await resultOf([...all, violation]))
    expect(broken.get('retained-is-intact')?.result).toBe('fail')
    expect(broken.get('memory-comes-back')?.result).toBe('skip')
  })

  test('a run that came to its end passes them', async () => {
    const result = await resultOf(events)
    expect(result).toMatchObject({ complete: true, endedEarly: false })
    expect(casesOf(result).get('memory-comes-back')?.result).toBe('pass')
  })
})

describe('of a run that was cut off in its only phase', () => {
  test('what was done in the phase until then is counted', async () => {
    const whole = await resultOf(events)
    const cut = await resultOf(upTo('oom-check'))
    const [phase] = cut.phases
    expect(phase).toMatchObject({ pressure: 'root-reclaim', cutOff: true, purged: whole.total.purged })
    expect(cut.total).toMatchObject({ purged: whole.total.purged, verified: whole.total.verified })
    expect(cut.total.purged).toBeGreaterThan(0)
    expect(casesOf(cut).get('root-reclaim')).toMatchObject({
      result: 'skip',
      message: cut.reason,
      measurement: { value: cut.total.purged, units: 'buffers' },
    })
  })

  test('its test results have the phase, and no empty plan where there was none', async () => {
    const made = (from: readonly StressEvent[]) =>
      text(Readable.from(report('ktap', () => replayed(from), '/folder')))
    expect(await made(upTo('oom-check'))).toContain('ok 1 root-reclaim # SKIP the journal ends after')
    expect(await made(upTo('phase-begin'))).not.toContain('1..0')
  })
})

test('what was evicted is what was reclaimed, for a workload that is about eviction', async () => {
  const board = createFakeBoard({ seed: 1, ...parseFakeWish('fake:rk3588,swap=512M') })
  const result = await stress(board, { scenario: 'evict-refault' })
  expect(result.verdict).toBe('pass')
  const told = await resultOf(result.events)
  const measurement = { value: told.total.evictedBytes, units: 'bytes' }
  expect(measurement.value).toBeGreaterThan(1 << 20)
  expect(casesOf(told).get('something-was-reclaimed')).toMatchObject({ result: 'pass', measurement })
  expect(casesOf(told).get('root-reclaim')).toMatchObject({ measurement })
  expect(summaryTable(result)).toMatch(/│ +evicted │/)
  expect(summaryTable(result)).toMatch(/│ +\d+\.\d MiB │/)
  expect(summaryTable(result, 40)).toMatch(/^ {2}evicted: \d+\.\d MiB$/m)
  const html = await text(Readable.from(report('html', () => replayed(result.events), '/folder')))
  expect(html).toContain(`<td class="number">${measurement.value}</td>`)
})
