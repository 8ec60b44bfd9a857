/** Programs of threads that share a machine, for the scheduler to interleave. */
import type { BugName } from '../sim/bugs/bug.js'
import type { Kernel, KernelOptions } from '../sim/kernel.js'
import type { Scheduler, SchedulerOptions } from '../sim/sched/scheduler.js'

export interface Scenario {
  readonly name: string
  /** One sentence: who does what. */
  readonly about: string
  /** Bugs that it should bring to light. */
  readonly bugs: readonly BugName[]
  readonly options?: Pick<SchedulerOptions, 'cpus' | 'reclaimOneIn' | 'failOneIn'>
  /** What machine it needs; 6.12 without swap unless said otherwise. */
  readonly kernel?: Pick<KernelOptions, 'release' | 'patches' | 'swap'>
  /** Spawns the threads. What it answers runs when all are through: it gives everything back, and checks. */
  build(kernel: Kernel, scheduler: Scheduler): () => void
}
