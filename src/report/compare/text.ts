/** A comparison for people: what differs, and how many things do not. */
import Table from 'cli-table3'
import type { Comparison } from './comparison.js'
import type { Distribution } from './distributions.js'
import { LEAST_RUNS } from './significance.js'
import type { ResultCounts, Transition } from './transitions.js'

const style = { head: [], border: [], compact: true }

export function comparisonText(comparison: Comparison): string {
  const { runs, conditions, transitions, distributions, untested } = comparison
  return [
    `A: ${runs.a} run(s), B: ${runs.b} run(s)`,
    ...(conditions.length > 0 ? [conditionTable(conditions)] : []),
    transitions.length > 0 ? transitionTable(transitions) : 'No case changed.',
    `${comparison.unchangedCases} case(s) are as they were.`,
    distributions.length > 0 ? distributionTable(distributions) : 'No measure differs.',
    `${comparison.unchangedMeasures} measure(s) do not differ${untested.length > 0 ? '' : ' beyond chance'}.`,
    ...(untested.length > 0
      ? [
          `Not tested for chance: ${untested.join(', ')}; that takes ${LEAST_RUNS} runs of a scenario on each side (stress --repeat).`,
        ]
      : []),
  ].join('\n')
}

function conditionTable(conditions: Comparison['conditions']): string {
  const table = new Table({ head: ['condition', 'A', 'B'], style })
  for (const { name, a, b } of conditions) table.push([name, a, b])
  return table.toString()
}

function transitionTable(transitions: readonly Transition[]): string {
  const table = new Table({ head: ['case', 'A', 'B', '', 'chance'], style })
  for (const { name, a, b, direction, probability } of transitions)
    table.push([name, countsText(a), countsText(b), direction, chance(probability)])
  return table.toString()
}

function distributionTable(distributions: readonly Distribution[]): string {
  const table = new Table({
    head: ['measure', 'A: median (least to most)', 'B: median (least to most)', 'B/A', 'chance'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style,
  })
  for (const { name, a, b, medianA, medianB, discoveryRate } of distributions) {
    const ratio = medianA === 0 ? '' : (medianB / medianA).toFixed(2)
    table.push([name, rangeText(medianA, a), rangeText(medianB, b), ratio, chance(discoveryRate)])
  }
  return table.toString()
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
