/** Stress runs on simulated devices whose driver is not Panfrost. */
import { describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { findDriver } from '../../src/device/drivers/index.js'
import { Judge } from '../../src/oracle/judge.js'
import { firstFitting } from '../../src/stress/fitting.js'
import { driversOf, SCENARIOS } from '../../src/workload/scenarios/index.js'
import { stress } from './lying-board.js'

const MIB = 1 << 20
const SWAP = { bytes: 512 * MIB, zramRatio: 3 }
const PRESSURE = ['root-reclaim', 'machine-pressure'] as const

describe.each(['panthor', 'i915'] as const)('evict-refault on %s', (gpu) => {
  const run = (swap: boolean) =>
    stress(createFakeBoard({ seed: 1, gpu, ...(swap && { swap: SWAP }) }), {
      scenario: 'evict-refault',
      durationMs: 4000,
      pressure: PRESSURE,
    })

  test('passes with evictions', async () => {
    const { verdict, violations, total } = await run(true)
    expect(violations).toEqual([])
    expect(verdict).toBe('pass')
    expect(total.evictedBytes).toBeGreaterThan(MIB)
  })

  test('says nothing about the kernel where there is no swap', async () => {
    const { verdict, violations, reason } = await run(false)
    expect(violations).toEqual([])
    expect(verdict).toBe('inconclusive')
    expect(reason).toMatch(/is there swap\?/)
  })
})

const LEFT_IDLE = SCENARIOS.filter(({ idleOn = [] }) => idleOn.includes('panthor')).map(({ name }) => name)

test('what needs no advice in essence runs on Panthor, too', () => {
  expect(LEFT_IDLE.sort()).toEqual(['churn', 'handle-guess', 'heap-churn', 'mmap-fork', 'open-close'])
})

describe.each(LEFT_IDLE)('%s on panthor', (scenario) => {
  test('gives nothing away, and what is evicted meanwhile comes back', async () => {
    const board = createFakeBoard({ seed: 2, gpu: 'panthor', swap: SWAP })
    const { verdict, violations, total, events } = await stress(board, {
      scenario,
      durationMs: 2000,
      pressure: PRESSURE,
    })
    expect(violations).toEqual([])
    expect(verdict).toBe('pass')
    expect(total).toMatchObject({ purgeable: 0, purged: 0 })
    expect(total.evictedBytes).toBeGreaterThan(0)
    expect(total.checked).toBeGreaterThan(0)
    const advices = events.filter((event) => event.type === 'operation' && event.operation.op === 'madvise')
    expect(advices).toEqual([])
    board.kernel.checkInvariants()
  })

  test('says nothing about the kernel where there is no swap', async () => {
    const board = createFakeBoard({ seed: 2, gpu: 'panthor' })
    const { verdict, violations, reason } = await stress(board, {
      scenario,
      durationMs: 1000,
      pressure: PRESSURE,
    })
    expect(violations).toEqual([])
    expect(verdict).toBe('inconclusive')
    expect(reason).toMatch(/is there swap\?/)
  })
})

const PURGED_ON_I915 = SCENARIOS.filter(
  ({ drivers, reclaim }) => drivers.includes('i915') && reclaim !== 'eviction',
).map(({ name }) => name)

test.each(PURGED_ON_I915)('%s passes on i915, whose shrinker swaps out as well', async (scenario) => {
  const board = createFakeBoard({ seed: 2, gpu: 'i915', swap: SWAP })
  const result = await stress(board, { scenario, durationMs: 1000, pressure: PRESSURE })
  expect(result.violations).toEqual([])
  expect(result.verdict).toBe('pass')
  expect(result.total.purged).toBeGreaterThan(0)
  board.kernel.checkInvariants()
})

test('only i915 may answer DONTNEED with a purge', () => {
  const verdictOn = (driver: string) => {
    const judge = new Judge(driver)
    const at = { type: 'operation', t: 0, durationUs: 0, actor: 0 } as const
    const create = { op: 'create', buffer: 0, sizeBytes: 4096, noexec: true } as const
    judge.observe({ ...at, n: 0, operation: create, outcome: { result: 'ok' } })
    const operation = { op: 'madvise', buffer: 0, advice: 'dontneed' } as const
    return judge.observe({ ...at, n: 1, operation, outcome: { result: 'purged' } }).length
  }
  expect(verdictOn('i915')).toBe(0)
  expect(verdictOn('panfrost')).toBe(1)
})

test('the first scenario that fits a device is found, and each is written for drivers that are known', () => {
  const first = (gpu: 'panfrost' | 'panthor' | 'i915', driver?: string) =>
    firstFitting(createFakeBoard({ gpu }), driver === undefined ? {} : { driver })
  expect(first('panfrost')).toEqual({ scenario: 'bo-cache', driver: 'panfrost' })
  expect(first('panthor')).toEqual({ scenario: 'evict-refault', driver: 'panthor' })
  expect(first('i915')).toEqual({ scenario: 'bo-cache', driver: 'i915' })
  expect(first('panthor', 'vgem')).toBeUndefined()
  for (const driver of SCENARIOS.flatMap(driversOf)) expect(findDriver(driver)).toBeDefined()
})

test('a scenario that does not fit says which ones do', async () => {
  const board = createFakeBoard({ gpu: 'i915' })
  await expect(stress(board, { scenario: 'submit' }, { device: { driver: 'i915' } })).rejects.toThrow(
    /written for panfrost, not i915; for i915 there are: bo-cache,/,
  )
})
