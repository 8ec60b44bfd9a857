import { describe, expect, test } from 'vitest'
import type { OperationEvent, PhaseTally } from '../../src/events/stress-event.js'
import { sumTallies, Tally } from '../../src/stress/tally.js'
import type { Operation, OperationOutcome } from '../../src/workload/operation.js'

let n = 0
const tell = (tally: Tally, operation: Operation, outcome: OperationOutcome, actor = 0) => {
  const event: OperationEvent = { type: 'operation', t: n, durationUs: 1, actor, n: n++, operation, outcome }
  tally.observe(event)
}
const ok = { result: 'ok' } as const
const create = (buffer: number): Operation => ({ op: 'create', buffer, sizeBytes: 4096, noexec: true })
const advise = (buffer: number, advice: 'dontneed' | 'willneed'): Operation => ({
  op: 'madvise',
  buffer,
  advice,
})

/** Creates a buffer and gives it away. */
function give(tally: Tally, buffer: number, actor = 0): void {
  tell(tally, create(buffer), ok, actor)
  tell(tally, advise(buffer, 'dontneed'), { result: 'retained' }, actor)
}

const NOTHING = { purgeable: 0, purged: 0, confirmed: 0, retained: 0, verified: 0, refusedForMemory: 0 }

describe('a buffer', () => {
  test('counts once as purgeable, however often it is given away', () => {
    const tally = new Tally()
    give(tally, 1)
    tell(tally, advise(1, 'dontneed'), { result: 'retained' })
    expect(tally.take()).toEqual({ ...NOTHING, purgeable: 1 })
  })

  test('counts once as purged, and as confirmed by the SIGBUS that follows', () => {
    const tally = new Tally()
    give(tally, 1)
    tell(tally, advise(1, 'willneed'), { result: 'purged' })
    tell(tally, advise(1, 'willneed'), { result: 'purged' })
    expect(tally.take()).toEqual({ ...NOTHING, purgeable: 1, purged: 1 })
    tell(tally, { op: 'touch', buffer: 1 }, { result: 'sigbus' })
    tell(tally, { op: 'close', buffer: 1 }, ok)
    expect(tally.take()).toEqual({ ...NOTHING, confirmed: 1 })
  })

  test('counts as verified by the first check after it was taken back, and no other', () => {
    const tally = new Tally()
    const verify: Operation = { op: 'verify', buffer: 1, seed: 1 }
    tell(tally, create(1), ok)
    tell(tally, verify, { result: 'intact' })
    tell(tally, advise(1, 'dontneed'), { result: 'retained' })
    tell(tally, advise(1, 'willneed'), { result: 'retained' })
    tell(tally, verify, { result: 'intact' })
    tell(tally, verify, { result: 'intact' })
    expect(tally.take()).toEqual({ ...NOTHING, purgeable: 1, retained: 1, verified: 1, checked: 1 })
  })

  test('that is never given away counts as checked once in a phase, as does a dma-buf', () => {
    const tally = new Tally()
    tell(tally, create(1), ok)
    tell(tally, { op: 'heap-allocate', buffer: 2, heap: 'system', sizeBytes: 4096 }, ok)
    const check = () => {
      tell(tally, { op: 'zeroed', buffer: 2 }, { result: 'intact' })
      for (const buffer of [1, 2]) tell(tally, { op: 'verify', buffer, seed: 1 }, { result: 'intact' })
      tell(tally, { op: 'verify', buffer: 1, seed: 1 }, { result: 'refused', code: 'ENOMEM', request: 'x' })
    }
    check()
    check()
    expect(tally.take()).toEqual({ ...NOTHING, refusedForMemory: 2, checked: 2 })
    check()
    expect(tally.take()).toEqual({ ...NOTHING, refusedForMemory: 1, checked: 2 })
  })

  test('that was raced for counts as taken back where none was purged', () => {
    const tally = new Tally()
    give(tally, 1)
    tell(tally, create(2), ok)
    const race: Operation = { op: 'race-madvise', buffer: 1, others: [2], threads: 2, iterations: 1 }
    tell(tally, race, { result: 'raced', retained: 8, purged: 0 })
    tell(tally, { op: 'verify', buffer: 1, seed: 1 }, { result: 'intact' })
    expect(tally.take()).toEqual({ ...NOTHING, purgeable: 1, retained: 1, verified: 1 })
    tell(tally, race, { result: 'raced', retained: 4, purged: 4 })
    tell(tally, advise(1, 'willneed'), { result: 'purged' })
    tell(tally, advise(2, 'willneed'), { result: 'retained' })
    expect(tally.take()).toEqual({ ...NOTHING, purgeable: 2, purged: 1, retained: 1 })
  })

  test('that is corrupt counts as retained, and not as verified', () => {
    const tally = new Tally()
    give(tally, 1)
    tell(tally, advise(1, 'willneed'), { result: 'retained' })
    tell(tally, { op: 'verify', buffer: 1, seed: 1 }, { result: 'corrupt', offset: 0 })
    expect(tally.take()).toEqual({ ...NOTHING, purgeable: 1, retained: 1 })
  })

  test('that was closed unverified leaves nothing behind for the next of its name', () => {
    const tally = new Tally()
    give(tally, 1)
    tell(tally, advise(1, 'willneed'), { result: 'retained' })
    tell(tally, { op: 'close', buffer: 1 }, ok)
    tally.take()
    tell(tally, create(1), ok)
    tell(tally, { op: 'verify', buffer: 1, seed: 1 }, { result: 'intact' })
    expect(tally.take()).toEqual({ ...NOTHING, checked: 1 })
  })

  test('of another actor is another', () => {
    const tally = new Tally()
    give(tally, 1, 0)
    give(tally, 1, 1)
    tell(tally, advise(1, 'willneed'), { result: 'purged' }, 1)
    tell(tally, advise(1, 'willneed'), { result: 'retained' }, 0)
    expect(tally.take()).toEqual({ ...NOTHING, purgeable: 2, purged: 1, retained: 1 })
  })
})

test('refusals count when it was for memory', () => {
  const tally = new Tally()
  for (const code of ['ENOMEM', 'ENOMEM', 'EINTR']) {
    tell(tally, create(1), { result: 'refused', code, request: 'CREATE_BO' })
  }
  expect(tally.take()).toEqual({ ...NOTHING, refusedForMemory: 2 })
})

test('phases sum up', () => {
  const phase = (from: number): PhaseTally => ({
    purgeable: from,
    purged: from + 1,
    confirmed: from + 2,
    retained: from + 3,
    verified: from + 4,
    oomKills: from + 5,
    hogsKilled: from + 6,
    refusedForMemory: from + 7,
    durationMs: from + 8,
  })
  expect(sumTallies([phase(10), phase(200)])).toEqual({
    ...{ purgeable: 210, purged: 212, confirmed: 214, retained: 216, verified: 218 },
    ...{ oomKills: 220, hogsKilled: 222, refusedForMemory: 224, durationMs: 226 },
  })
  expect(Object.values(sumTallies([])).every((value) => value === 0)).toBe(true)
})
