/** Looks for a kernel bug by trying seeds, and shows that the fixed code stays clean over all of them. */
import type { BugName, KernelBug } from '../sim/bugs/bug.js'
import type { StrategyName } from '../sim/sched/strategy.js'
import type { RunResult } from '../sim/sched/scheduler.js'
import { shortestRun, type ShortestRun } from './minimise.js'
import { runScenario } from './run-scenario.js'
import type { Scenario } from './scenario.js'
import { scenarioOf } from './scenarios/all.js'

export interface HuntOptions {
  /** The first seed. */
  readonly seed: number
  /** How many seeds, at most, and exactly for the fixed code. */
  readonly seeds: number
  readonly strategy?: StrategyName
  readonly lockdep?: boolean
  /** Look for the shortest program that shows each bug. */
  readonly minimise?: boolean
  /** How many seeds to try with each shorter program. At least 500 unless said otherwise. */
  readonly shortestSeeds?: number
}

/** The first run in which a check found something. */
export interface Find {
  readonly seed: number
  /** Seeds tried, this one included. */
  readonly seeds: number
  /** Steps of all those runs, and of the last one. */
  readonly totalSteps: number
  readonly result: RunResult
}

export interface BugHunt {
  readonly bug: KernelBug
  readonly scenario: Scenario
  /** Null: no seed found it. */
  readonly find: Find | null
  /** What was found without the bug; null: nothing, over all seeds. */
  readonly findWithoutBug: Find | null
  /** Where that was asked for, and the bug was found. */
  readonly shortest?: ShortestRun
}

/** Hunts one bug after the other; the fixed code is run once for each scenario. */
export function* hunt(bugs: readonly KernelBug[], options: HuntOptions): Generator<BugHunt, void> {
  const clean = new Map<Scenario, Find | null>()
  for (const bug of bugs) {
    const scenario = scenarioOf(bug.name)
    const find = firstFind(scenario, options, [bug.name])
    let findWithoutBug = clean.get(scenario)
    if (findWithoutBug === undefined) clean.set(scenario, (findWithoutBug = firstFind(scenario, options, [])))
    const shortest =
      options.minimise === true && find !== null
        ? shortestRun(scenario, [bug.name], find, options)
        : undefined
    yield { bug, scenario, find, findWithoutBug, ...(shortest !== undefined && { shortest }) }
  }
}

/** The first seed of the options with which a check finds something on a kernel that has these bugs. */
export function firstFind(scenario: Scenario, options: HuntOptions, bugs: readonly BugName[]): Find | null {
  let totalSteps = 0
  for (let tried = 0; tried < options.seeds; tried++) {
    const seed = options.seed + tried
    const result = runScenario(scenario, { ...options, seed, bugs })
    totalSteps += result.steps
    if (result.violation !== null) return { seed, seeds: tried + 1, totalSteps, result }
  }
  return null
}
