/**
 * System calls that wait. What they wait for tells at which time it is there, so that a wait is a jump of the process's
 * own clock; what nobody can know yet makes it a wait without end.
 */
import type { Kernel } from './kernel.js'

/** Something that can be waited for. */
export interface Wait {
  /** The answer at that time; undefined when there is none yet. */
  check(nowNs: number): number | undefined
  /** The next time at which there may be one; Infinity when that is not known. */
  nextNs(nowNs: number): number
}

/** A process waits for something that only itself could bring about. */
export class WaitsForEver extends Error {
  override readonly name = 'WaitsForEver'

  constructor(pid: number) {
    super(`process ${pid} waits for something that will never happen, and without a time limit`)
  }
}

/**
 * Waits in the system call that is running, up to an absolute time. `late` is what it comes to when that is reached;
 * a time in the past asks only.
 */
export function waitInKernel(kernel: Kernel, wait: Wait, deadlineNs: number, late: number): number {
  for (;;) {
    const nowNs = kernel.taskNowNs()
    const answer = wait.check(nowNs)
    if (answer !== undefined) return answer
    if (nowNs >= deadlineNs) return late
    const nextNs = Math.min(wait.nextNs(nowNs), deadlineNs)
    if (nextNs === Infinity || nextNs > Number.MAX_SAFE_INTEGER)
      throw new WaitsForEver(kernel.current?.task.pid ?? 0)
    kernel.spend(Math.max(nextNs - nowNs, 1))
    kernel.timers.runUntil(kernel.taskNowNs())
  }
}
