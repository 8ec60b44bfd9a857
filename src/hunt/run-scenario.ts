/** One stepped run of a scenario: everything that happens follows from the seed and the options. */
import type { BugName } from '../sim/bugs/bug.js'
import { Kernel } from '../sim/kernel.js'
import { Scheduler, type RunResult } from '../sim/sched/scheduler.js'
import { STRATEGIES, type StrategyName } from '../sim/sched/strategy.js'
import { KernelViolation } from '../sim/sched/violation.js'
import type { Scenario } from './scenario.js'

export interface RunOptions {
  readonly seed: number
  readonly bugs?: readonly BugName[]
  /** By turns, by the seed, unless said otherwise. */
  readonly strategy?: StrategyName
  readonly lockdep?: boolean
  /** As in SchedulerOptions. */
  readonly mostCalls?: (thread: string) => number
}

export function runScenario(scenario: Scenario, options: RunOptions): RunResult {
  const {
    seed,
    bugs = [],
    strategy = STRATEGIES[seed % STRATEGIES.length] ?? 'random',
    lockdep = true,
    mostCalls,
  } = options
  const kernel = new Kernel({ ...scenario.kernel, memoryBytes: 128 << 20, bugs, nowNs: () => 0 })
  let whenQuiet: () => void = () => undefined
  const scheduler = new Scheduler(kernel, {
    ...{ seed, strategy, lockdep, ...scenario.options },
    ...(mostCalls !== undefined && { mostCalls }),
    whenQuiet: () =>
      asViolation(() => {
        whenQuiet()
        kernel.checkInvariants()
      }),
  })
  whenQuiet = scenario.build(kernel, scheduler)
  return scheduler.run()
}

/** A rule of the whole machine that is broken is one of its promises, too. */
function asViolation(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (error instanceof KernelViolation || !(error instanceof Error)) throw error
    throw new KernelViolation('invariant', error.message)
  }
}
