/**
 * The shortest program that shows a bug: the scenario is run with ever fewer calls in its threads, over many seeds, and of
 * what still shows the bug the run with the fewest calls is kept.
 */
import type { BugName } from '../sim/bugs/bug.js'
import type { RunResult } from '../sim/sched/scheduler.js'
import type { Find, HuntOptions } from './hunt.js'
import { runScenario } from './run-scenario.js'
import type { Scenario } from './scenario.js'

export interface ShortestRun {
  readonly seed: number
  readonly result: RunResult
}

/** Short runs are cheap, and what they do by chance is rarely what is wanted. */
const LEAST_SEEDS = 500

/** Calls of each thread. */
type Shares = ReadonlyMap<string, number>

/**
 * `find` itself where nothing shorter breaks the same rule in the same way. What a run without the bugs shows as well does
 * not count: a thread that ends early may leave things behind.
 */
export function shortestRun(
  scenario: Scenario,
  bugs: readonly BugName[],
  find: Find,
  { seed, seeds, lockdep = true, shortestSeeds = Math.max(seeds, LEAST_SEEDS) }: HuntOptions,
): ShortestRun {
  const wanted = shapeOf(find.result)
  const search = (mostCalls: (thread: string) => number): ShortestRun | undefined => {
    for (let tried = 0; tried < shortestSeeds; tried++) {
      const options = { seed: seed + tried, lockdep, mostCalls }
      const result = runScenario(scenario, { ...options, bugs })
      if (result.violation === null || shapeOf(result) !== wanted) continue
      if (runScenario(scenario, options).violation === null) return { seed: seed + tried, result }
    }
    return undefined
  }
  let best: ShortestRun = find
  const most = Math.max(...sharesOf(find.result).values())
  for (let calls = 1; calls < most; calls++) {
    const found = search(() => calls)
    if (found === undefined) continue
    best = found
    break
  }
  return fewer(best, search)
}

/** Takes calls away from one thread after the other, for as long as some seed still shows it. */
function fewer(
  start: ShortestRun,
  search: (mostCalls: (thread: string) => number) => ShortestRun | undefined,
): ShortestRun {
  let best = start
  for (const thread of sharesOf(start.result).keys()) {
    for (;;) {
      const shares = sharesOf(best.result)
      const own = shares.get(thread) ?? 0
      if (own === 0) break
      const found = search((name) => (name === thread ? own - 1 : (shares.get(name) ?? 0)))
      if (found === undefined) break
      best = found
    }
  }
  return best
}

function sharesOf({ calls }: RunResult): Shares {
  const shares = new Map<string, number>()
  for (const { thread } of calls) shares.set(thread, (shares.get(thread) ?? 0) + 1)
  return shares
}

/** What was broken, whichever buffer, step and thread it was. */
function shapeOf({ violation }: RunResult): string {
  return violation === null
    ? ''
    : `${violation.check}: ${violation.message.split(/[;,]/)[0]?.replace(/\d+/g, 'n')}`
}
