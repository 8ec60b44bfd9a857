/** A comparison for people: what differs, and how many things do not. */
import { fittingTable } from '../fitting-table.js'
import type { Comparison } from './comparison.js'
import type { Distribution } from './distributions.js'
import { LEAST_RUNS } from './significance.js'
import type { ResultCounts, Transition } from './transitions.js'

/** `columns` of the window. */
export function comparisonText(comparison: Comparison, columns?: number): string {
  const { runs, conditions, transitions, distributions, untested } = comparison
  return [
    `A: ${runs.a} run(s), B: ${runs.b} run(s)`,
    ...(conditions.length > 0 ? [conditionTable(conditions, columns)] : []),
    transitions.length > 0 ? transitionTable(transitions, columns) : 'No case changed.',
    `${comparison.unchangedCases} case(s) are as they were.`,
    distributions.length > 0 ? distributionTable(distributions, columns) : 'No measure differs.',
    `${comparison.unchangedMeasures} measure(s) do not differ${untested.length > 0 ? '' : ' beyond chance'}.`,
    ...(untested.length > 0
      ? [
          `Not tested for chance: ${untested.join(', ')}; that takes ${LEAST_RUNS} runs of a scenario on each side (stress --repeat).`,
        ]
      : []),
  ].join('\n')
}

function conditionTable(conditions: Comparison['conditions'], columns?: number): string {
  const rows = conditions.map(({ name, a, b }) => [name, a, b])
  return fittingTable({ head: ['condition', 'A', 'B'] }, rows, columns)
}

function transitionTable(transitions: readonly Transition[], columns?: number): string {
  const rows = transitions.map(({ name, a, b, direction, probability }) => {
    return [name, countsText(a), countsText(b), direction, chance(probability)]
  })
  return fittingTable({ head: ['case', 'A', 'B', '', 'chance'] }, rows, columns)
}

function distributionTable(distributions: readonly Distribution[], columns?: number): string {
  const rows = distributions.map(({ name, a, b, medianA, medianB, discoveryRate }) => {
    const ratio = medianA === 0 ? '' : (medianB / medianA).toFixed(2)
    return [name, rangeText(medianA, a), rangeText(medianB, b), ratio, chance(discoveryRate)]
  })
  const shape = {
    head: ['measure', 'A: median (least to most)', 'B: median (least to most)', 'B/A', 'chance'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  } as const
  return fittingTable(shape, rows, columns)
}

/** `pass`, or with several results `pass 3, fail 1`. */
function countsText(counts: ResultCounts): string {
  const entries = Object.entries(counts)
  if (entries.length === 1 && entries[0]?.[1] === 1) return entries[0][0]
  return entries.map(([result, count]) => `${result} ${count}`).join(', ')
}

function rangeText(median: number, values: readonly number[]): string {
  if (values.length === 1) return number(median)
  return `${number(median)} (${number(Math.min(...values))} to ${number(Math.max(...values))})`
}

const number = (value: number) =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 1000 ? 1 : 0 })

const chance = (probability: number | undefined) =>
  probability === undefined ? '' : probability < 0.001 ? '< 0.001' : probability.toFixed(3)
