/**
 * The simulated kernel with its time, and the rule by which its processes' code runs: each on a CPU of its own. A
 * stretch of code between two waits happens at one moment of the machine's time; what it costs is spent at its end,
 * when the process waits next.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { Kernel, type GpuName, type Release } from '../sim/kernel.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { EventQueue } from './fake-events.js'

/** The longest time from the end of a wait until the process runs, in nanoseconds. */
const MAX_WAKEUP_LATENCY_NS = 63_999

interface FakeMachineOptions {
  /** Chooses wake-up latencies, and with them how processes interleave, and what the kernel leaves to chance. */
  readonly seed: number
  readonly memoryBytes?: number
  readonly pageCacheBytes?: number
  readonly gpuJobNs?: number
  readonly gpu?: GpuName
  readonly release?: Release
}

export class FakeMachine {
  readonly events = new EventQueue()
  readonly kernel: Kernel
  readonly #latencyNs: () => number
  /** What ended the machine itself: a kernel panic, or an error in code that runs for nobody. */
  failure: { readonly error: unknown } | null = null

  constructor({ seed, ...memory }: FakeMachineOptions) {
    const random = xoroshiro128plus(seed)
    this.#latencyNs = () => uniformInt(random, 0, MAX_WAKEUP_LATENCY_NS)
    // Of its own: what the kernel leaves to chance does not change when processes wake.
    const chance = xoroshiro128plus(~seed)
    this.kernel = new Kernel({
      ...memory,
      random: (below) => uniformInt(chance, 0, below - 1),
      nowNs: () => this.events.nowNs,
    })
  }

  /** The process's own time: later than the machine's while the process is busy. */
  taskNowNs(task: SimTask): number {
    return task.cpu.nowNs(this.events.nowNs)
  }

  /** Runs `resume` as the process from `timeNs` on, once it has nothing else to do. Never, when it is gone by then. */
  wake(task: SimTask, timeNs: number, resume: () => void): void {
    const wakeUp = (): void => {
      if (task.exited) return
      if (task.cpu.isBusyAt(this.events.nowNs)) this.events.schedule(this.taskNowNs(task), wakeUp)
      else resume()
    }
    this.events.schedule(timeNs + this.#latencyNs(), wakeUp)
  }

  fail(error: unknown): void {
    this.failure ??= { error }
  }
}
