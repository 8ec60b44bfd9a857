/** What changed from one group of runs to another: transitions of cases, and measures whose distributions differ. */
import { distributionsOf, measuresOf, type Distribution } from './distributions.js'
import type { ComparedRun } from './side.js'
import { LEAST_RUNS } from './significance.js'
import { transitionOf, type Transition } from './transitions.js'

/** The share of false alarms that is put up with. */
export const FALSE_ALARMS = 0.05

export interface Comparison {
  readonly runs: { readonly a: number; readonly b: number }
  /** Scenarios with fewer runs on a side than a test for chance takes. */
  readonly untested: readonly string[]
  /** In what else the sides differ: kernels, drivers, boards, scenarios, plans but for their seeds. */
  readonly conditions: readonly { readonly name: string; readonly a: string; readonly b: string }[]
  readonly transitions: readonly Transition[]
  readonly unchangedCases: number
  /** Those that differ beyond chance, and those that are other numbers of runs that are too few for a test. */
  readonly distributions: readonly Distribution[]
  readonly unchangedMeasures: number
}

/** Throws RangeError when a side has no run, or the sides have no scenario in common. */
export function compareRuns(a: readonly ComparedRun[], b: readonly ComparedRun[]): Comparison {
  const groups = [...new Set(a.map(({ group }) => group))].filter((group) =>
    b.some((run) => run.group === group),
  )
  if (groups.length === 0)
    throw new RangeError(
      `the two sides have no scenario in common: ${groupsOf(a)} on one, ${groupsOf(b)} on the other`,
    )
  const pairs = groups.map((group) => {
    const inGroup = (runs: readonly ComparedRun[]) => runs.filter((run) => run.group === group)
    return { group, a: inGroup(a), b: inGroup(b) }
  })
  const cases = pairs.flatMap(({ group, a, b }) =>
    [...new Set([...a, ...b].flatMap((run) => [...run.cases.keys()]))].map((name) => {
      const transition = transitionOf(name, a, b)
      return transition && { ...transition, name: `${group}: ${name}` }
    }),
  )
  const transitions = cases.filter((transition) => transition !== undefined)
  const measures = distributionsOf(
    pairs.flatMap(({ group, a, b }) =>
      measuresOf(a, b).map((measure) => ({ ...measure, name: `${group}: ${measure.name}` })),
    ),
  )
  const distributions = measures.filter(differs)
  return {
    runs: { a: a.length, b: b.length },
    untested: pairs.filter(({ a, b }) => Math.min(a.length, b.length) < LEAST_RUNS).map(({ group }) => group),
    conditions: conditionsOf(a, b),
    transitions: [...transitions].sort((one, other) => rank(one) - rank(other)),
    unchangedCases: cases.length - transitions.length,
    distributions,
    unchangedMeasures: measures.length - distributions.length,
  }
}

/** Whether a case fails that did not, or more often than chance explains. */
export function gotWorse({ transitions }: Comparison): boolean {
  return transitions.some(
    ({ direction, probability = 0 }) => direction === 'worse' && probability <= FALSE_ALARMS,
  )
}

const rank = ({ direction }: Transition) => ['worse', 'better', 'other'].indexOf(direction)

function differs({ a, b, discoveryRate }: Distribution): boolean {
  if (discoveryRate !== undefined) return discoveryRate <= FALSE_ALARMS
  return new Set([...a, ...b]).size > 1 && String(sorted(a)) !== String(sorted(b))
}

const sorted = (values: readonly number[]) => [...values].sort((one, other) => one - other)

const groupsOf = (runs: readonly ComparedRun[]) =>
  [...new Set(runs.map(({ group }) => group))].sort().join(', ')

function conditionsOf(a: readonly ComparedRun[], b: readonly ComparedRun[]): Comparison['conditions'] {
  const valuesOf = (runs: readonly ComparedRun[], name: string) =>
    [...new Set(runs.map(({ condition }) => condition[name] ?? 'none'))].sort().join('; ')
  const names = new Set([...a, ...b].flatMap(({ condition }) => Object.keys(condition)))
  return [
    { name: 'scenarios', a: groupsOf(a), b: groupsOf(b) },
    ...[...names].map((name) => ({ name, a: valuesOf(a, name), b: valuesOf(b, name) })),
  ].filter((one) => one.a !== one.b)
}
