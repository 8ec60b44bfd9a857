/**
 * What a stress scenario hunts, hunted at the locks: on the fake board a system call of one process runs to its end before
 * another one begins, so what shows only between two of them is looked for on machines that are stepped.
 */
import type { InterleavingsEvent } from '../events/stress-event.js'
import type { BugName } from '../sim/bugs/bug.js'
import type { ScenarioName } from '../workload/scenarios/index.js'
import type { RunResult } from '../sim/sched/scheduler.js'
import { firstFind, type HuntOptions } from './hunt.js'
import { shortestRun } from './minimise.js'
import type { Scenario } from './scenario.js'
import { churn } from './scenarios/churn.js'
import { cpuObjects } from './scenarios/cpu-objects.js'
import { gemLru } from './scenarios/gem-lru.js'
import { heap } from './scenarios/heap.js'
import { jobs } from './scenarios/jobs.js'
import { series } from './scenarios/series.js'
import { share } from './scenarios/share.js'
import { programOf, storyOf } from './story.js'

/** What stands for the workload where kernel paths are stepped. The others have nothing to step. */
const STEPPED: Readonly<Partial<Record<ScenarioName, readonly Scenario[]>>> = {
  'madvise-storm': [churn],
  churn: [churn, gemLru, series],
  'prime-share': [share],
  'heap-import': [share],
  'handle-guess': [churn],
  'mmap-fork': [churn],
  submit: [heap, jobs, series],
  'evict-refault': [series, cpuObjects],
}

/** Seeds of each scenario. A kernel with a bug is looked at for longer: the rarest one shows in one of about 40. */
const SEEDS = 40
const SEEDS_WITH_BUGS = 120

export type Interleavings = Omit<InterleavingsEvent, 't'>

/** One result for each stepped scenario, until one finds something. The machines are its own, and have these bugs. */
export function* interleavingsOf(
  name: ScenarioName,
  seed: number,
  bugs: readonly BugName[],
  effort: Pick<HuntOptions, 'shortestSeeds'> = {},
): Generator<Interleavings, void> {
  const options = { ...effort, seed, seeds: bugs.length > 0 ? SEEDS_WITH_BUGS : SEEDS }
  for (const scenario of STEPPED[name] ?? []) {
    const find = firstFind(scenario, options, bugs)
    const seeds = find?.seeds ?? options.seeds
    const told = { type: 'interleavings', hunt: scenario.name, about: scenario.about, seeds } as const
    if (find === null) yield told
    else {
      const { seed: shown, result } = bugs.length > 0 ? shortestRun(scenario, bugs, find, options) : find
      yield { ...told, ...foundIn(shown, result) }
      return
    }
  }
}

function foundIn(seed: number, result: RunResult): Pick<Interleavings, 'found'> {
  const { violation } = result
  if (violation === null) return {}
  const { check, message } = violation
  return { found: { check, message, seed, program: programOf(result), story: storyOf(result) } }
}
