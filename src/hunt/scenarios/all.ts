/** All scenarios of the hunt. */
import type { BugName } from '../../sim/bugs/bug.js'
import type { Scenario } from '../scenario.js'
import { churn } from './churn.js'
import { cpuObjects } from './cpu-objects.js'
import { gemLru } from './gem-lru.js'
import { heap } from './heap.js'
import { jobs } from './jobs.js'
import { series } from './series.js'
import { share } from './share.js'

export const SCENARIOS: readonly Scenario[] = [churn, heap, share, gemLru, jobs, series, cpuObjects]

/** The scenario that should bring the bug to light. */
export function scenarioOf(bug: BugName): Scenario {
  const found = SCENARIOS.find(({ bugs }) => bugs.includes(bug))
  if (found === undefined) throw new Error(`no scenario for ${bug}`)
  return found
}
