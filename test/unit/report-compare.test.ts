import { describe, expect, test } from 'vitest'
import { compareRuns, gotWorse } from '../../src/report/compare/comparison.js'
import type { CaseResult, ComparedRun } from '../../src/report/compare/side.js'
import { discoveryRates, probability } from '../../src/report/compare/significance.js'
import { comparisonText } from '../../src/report/compare/text.js'

interface Made {
  readonly group?: string
  readonly kernel?: string
  readonly cases?: Readonly<Record<string, CaseResult>>
  readonly measures?: Readonly<Record<string, number>>
}

const run = ({ group = 'churn', kernel = '6.12', cases = {}, measures = {} }: Made): ComparedRun => ({
  group,
  condition: { kernel },
  cases: new Map(Object.entries(cases)),
  measures: new Map(Object.entries(measures)),
})
const runs = (results: readonly CaseResult[]) => results.map((result) => run({ cases: { verdict: result } }))
const measured = (values: readonly number[], rest: Readonly<Record<string, number>> = {}) =>
  values.map((value) =>
    run({ cases: { verdict: 'pass' }, measures: { 'create, median us': value, ...rest } }),
  )

describe('probability', () => {
  test('of two groups that do not overlap is that of the two extreme orders', () => {
    // Of the 10! / (5! 5!) = 252 ways to divide ten ranks two are as extreme.
    expect(probability([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(2 / 252, 2)
    expect(probability([1, 2, 3], [4, 5, 6])).toBeCloseTo(2 / 20, 1)
  })

  test('of equal groups is 1, and how far apart the values are does not matter', () => {
    expect(probability([7, 7, 7, 7], [7, 7, 7, 7])).toBe(1)
    expect(probability([1, 2, 3, 4], [5, 6, 7, 8])).toBe(probability([1, 2, 3, 4], [5, 6, 7, 8000]))
  })

  test('is not symmetric by luck: unequal numbers of runs', () => {
    const [few, many] = [
      [10, 11, 12, 13],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ]
    expect(probability(few, many)).toBeCloseTo(1 / 495, 2)
    expect(probability(many, few)).toBeCloseTo(probability(few, many), 2)
  })
})

test('discovery rates are those of the procedure of Benjamini and Hochberg', () => {
  expect(discoveryRates([0.01, 0.04, 0.03, 0.5])).toEqual([0.04, 0.16 / 3, 0.16 / 3, 0.5])
  expect(discoveryRates([])).toEqual([])
})

describe('transitions', () => {
  test('of single runs are shown, the worse ones first', () => {
    const a = [run({ cases: { verdict: 'pass', 'promises/x': 'fail', 'pressure/y': 'skip', same: 'pass' } })]
    const b = [run({ cases: { verdict: 'fail', 'promises/x': 'pass', 'pressure/y': 'pass', same: 'pass' } })]
    const comparison = compareRuns(a, b)
    expect(comparison.transitions).toEqual([
      { name: 'churn: verdict', a: { pass: 1 }, b: { fail: 1 }, direction: 'worse' },
      { name: 'churn: promises/x', a: { fail: 1 }, b: { pass: 1 }, direction: 'better' },
      { name: 'churn: pressure/y', a: { skip: 1 }, b: { pass: 1 }, direction: 'other' },
    ])
    expect(comparison.unchangedCases).toBe(1)
    expect(gotWorse(comparison)).toBe(true)
    expect(gotWorse(compareRuns(b, b))).toBe(false)
  })

  test('of many runs count as worse only beyond chance', () => {
    const good = runs(Array<CaseResult>(8).fill('pass'))
    const oneOfEight = compareRuns(good, runs([...Array<CaseResult>(7).fill('pass'), 'fail']))
    expect(oneOfEight.transitions).toMatchObject([{ b: { pass: 7, fail: 1 }, direction: 'worse' }])
    expect(gotWorse(oneOfEight)).toBe(false)
    expect(gotWorse(compareRuns(good, runs(Array<CaseResult>(8).fill('fail'))))).toBe(true)
  })

  test('a case that only one side has changed, and runs are compared with those of their scenario', () => {
    const a = [run({ cases: { verdict: 'pass' } }), run({ group: 'mixed', cases: { verdict: 'pass' } })]
    const b = [run({ cases: { verdict: 'pass', 'kernel log/bug': 'fail' } }), run({ group: 'storm' })]
    const { transitions, conditions } = compareRuns(a, b)
    expect(transitions).toMatchObject([{ name: 'churn: kernel log/bug', a: { absent: 1 }, b: { fail: 1 } }])
    expect(conditions).toEqual([{ name: 'scenarios', a: 'churn, mixed', b: 'churn, storm' }])
  })

  test('with nothing in common, or nothing at all, there is no comparison', () => {
    expect(() => compareRuns([run({})], [run({ group: 'mixed' })])).toThrow(
      'churn on one, mixed on the other',
    )
    expect(() => compareRuns([], [run({})])).toThrow(RangeError)
  })
})

describe('distributions', () => {
  test('that differ beyond chance are shown, others are counted', () => {
    const a = measured([10, 11, 12, 13, 14, 15], { 'close, median us': 3 })
    const b = measured([20, 21, 22, 23, 24, 25], { 'close, median us': 3 })
    const { distributions, unchangedMeasures } = compareRuns(a, b)
    expect(distributions).toMatchObject([{ name: 'churn: create, median us', medianA: 12.5, medianB: 22.5 }])
    expect(distributions[0]?.discoveryRate).toBeLessThan(0.05)
    expect(unchangedMeasures).toBe(1)
  })

  test('that overlap are not shown, and many measures make one difference more likely by chance', () => {
    const mixed = compareRuns(measured([10, 20, 30, 40, 50]), measured([15, 25, 35, 45, 55]))
    expect(mixed.distributions).toEqual([])
    const noise = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`noise ${index}`, 1]))
    const [a, b] = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]
    expect(compareRuns(measured(a), measured(b)).distributions).toHaveLength(1)
    expect(compareRuns(measured(a, noise), measured(b, noise)).distributions).toEqual([])
  })

  test('of too few runs are shown untested, and the text says so', () => {
    const comparison = compareRuns(measured([10, 11]), measured([10, 30]))
    expect(comparison.distributions).toMatchObject([{ medianA: 10.5, medianB: 20 }])
    expect(comparison.distributions[0]).not.toHaveProperty('discoveryRate')
    const text = comparisonText(comparison)
    expect(text).toContain('Not tested for chance')
    expect(text).toContain('10.5 (10 to 11)')
    // Four runs on each side, but two of each scenario.
    const series = [...measured([10, 11]), ...[1, 2].map((x) => run({ group: 'mixed', measures: { x } }))]
    const same = compareRuns(series, [...series].reverse())
    expect(same).toMatchObject({ distributions: [], untested: ['churn', 'mixed'] })
    expect(comparisonText(same)).toContain(
      '2 measure(s) do not differ.\nNot tested for chance: churn, mixed;',
    )
    expect(comparisonText(compareRuns(measured([1, 1, 1, 1]), measured([1, 1, 1, 1])))).not.toContain(
      'Not tested',
    )
  })
})
