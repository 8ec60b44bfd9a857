import { describe, expect, test } from 'vitest'
import { CONSTANTS, type HeapModelConstants } from '../../src/bench/heap-model/constants.js'
import { heapRatios } from '../../src/bench/heap-model/ratios.js'
import { runHeapModel } from '../../src/bench/heap-model/run-heap-model.js'
import { heapModelText } from '../../src/report/heap-model-table.js'

/** A ratio may be off by so much. */
const TOLERANCE = 0.125

const worst = (constants: HeapModelConstants) =>
  Math.max(
    ...heapRatios(runHeapModel(constants)).map(({ coverLetter, model }) => Math.abs(model / coverLetter - 1)),
  )

const FITTED = [
  'callNs',
  'ionCallNs',
  'zeroPageNs',
  'zeroPageColdNs',
  'ionZeroFactor',
  'ionBufferNs',
] as const

describe('the heap model', () => {
  const runs = runHeapModel()
  const at = (allocator: string, sizeBytes: number) => {
    const run = runs.find((each) => each.allocator === allocator && each.sizeBytes === sizeBytes)
    if (run === undefined) throw new Error('no such run')
    return run
  }

  test('has the ratios of the cover letter, between allocators and between sizes', () => {
    const ratios = heapRatios(runs)
    expect(ratios).toHaveLength(10)
    for (const { name, coverLetter, model } of ratios)
      expect(Math.abs(model / coverLetter - 1), name).toBeLessThan(TOLERANCE)
  })

  test.each(FITTED)('has them for no other %s: half and four times as much are noticed', (name) => {
    for (const factor of [0.5, 4])
      expect(worst({ ...CONSTANTS, [name]: CONSTANTS[name] * factor }), String(factor)).toBeGreaterThan(
        TOLERANCE,
      )
  })

  test('has them only where 1 MiB fits the caches and 8 MiB does not', () => {
    for (const cacheBytes of [1 << 19, 8 << 20])
      expect(worst({ ...CONSTANTS, cacheBytes })).toBeGreaterThan(TOLERANCE)
  })

  test('pools or deferred freeing alone save nothing of the zeroing, both together nearly half', () => {
    for (const sizeBytes of [1 << 20, 8 << 20, 32 << 20]) {
      const mainline = at('system', sizeBytes).nsPerCall
      for (const alone of ['system+pools', 'system+deferred'])
        expect(at(alone, sizeBytes).nsPerCall / mainline).toBeCloseTo(1, 1)
      expect(at('system+pools+deferred', sizeBytes).nsPerCall / mainline).toBeLessThan(0.55)
    }
  })

  test('what the thread does not keep up with goes through the shrinker', () => {
    expect(at('ion', 4096).shrunkPages).toBe(0)
    expect(at('ion', 32 << 20).shrunkPages).toBeGreaterThan(0)
    expect(at('system', 32 << 20)).toMatchObject({ shrunkPages: 0, pooledShare: 0 })
  })

  test('says that its numbers are modelled', () => {
    expect(heapModelText(runs, heapRatios(runs))).toMatch(/^.*modelled.*nothing here is measured\n/)
  })
})
