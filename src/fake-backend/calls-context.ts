/** What the groups of calls share: their process, its files, and its waits. */
import { ERRNO } from '../backend/errno.js'
import type { PendingCall } from '../backend/blocking-calls.js'
import { COST_NS } from '../sim/costs.js'
import { DrmFile } from '../sim/drm/drm-file.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimFile } from '../sim/process/file.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { waitInKernel, type Wait } from '../sim/waits.js'
import { checkFd } from './arguments.js'

/** Calls `resume` as the process once the machine's time has come. Without it nothing but calls makes time pass. */
export type WakeAt = (timeNs: number, resume: () => void) => void

/** What a call that may block comes to: an answer at once, or a wait with its time limit and what it is then. */
export type Blocking = number | { readonly wait: Wait; readonly deadlineNs: number; readonly late: number }

export class CallsContext {
  readonly kernel: Kernel
  readonly task: SimTask
  readonly #wakeAt: WakeAt | undefined

  constructor(kernel: Kernel, task: SimTask, wakeAt?: WakeAt) {
    this.kernel = kernel
    this.task = task
    this.#wakeAt = wakeAt
  }

  /** A call on an open file. EBADF. */
  withFile<T>(fd: number, costNs: number, call: (file: SimFile) => T | number): T | number {
    checkFd(fd)
    return this.kernel.syscall(this.task, costNs, () => {
      const file = this.task.files.get(fd)
      return file === undefined ? -ERRNO.EBADF : call(file)
    })
  }

  /** A request of DRM's on a DRM file; other files answer as they do to a request that they do not know. */
  drm<T>(fd: number, call: (file: DrmFile) => T | number): T | number {
    return this.withFile(fd, COST_NS.ioctl, (file) =>
      file instanceof DrmFile ? call(file) : file.unknownIoctl(),
    )
  }

  /** Waits inside the system call that is running. */
  wait(blocking: Blocking): number {
    if (typeof blocking === 'number') return blocking
    return waitInKernel(this.kernel, blocking.wait, blocking.deadlineNs, blocking.late)
  }

  /**
   * Begins a call and lets the process go on while it waits. `begin` runs in a system call. What is there at once is
   * answered at once; else whatever other processes, or this one, do meanwhile may end the wait.
   */
  pending(begin: () => Blocking): PendingCall {
    const { kernel, task } = this
    const blocking = kernel.syscall(task, COST_NS.ioctl, begin)
    if (typeof blocking === 'number') return { result: Promise.resolve(blocking), cancel: () => undefined }
    const { wait, deadlineNs, late } = blocking
    let settle: (answer: number) => void = () => undefined
    const result = new Promise<number>((resolve) => {
      settle = (answer) => {
        kernel.waiters.delete(look)
        resolve(answer)
      }
    })
    const look = (nowNs: number): void => {
      const answer = wait.check(nowNs) ?? (nowNs >= deadlineNs ? late : undefined)
      if (answer !== undefined) settle(answer)
      else plan(nowNs)
    }
    let plannedNs = Infinity
    const plan = (nowNs: number): void => {
      const nextNs = Math.min(wait.nextNs(nowNs), deadlineNs)
      if (nextNs >= plannedNs || nextNs > Number.MAX_SAFE_INTEGER) return
      plannedNs = nextNs
      this.wake(nextNs, () => {
        if (!kernel.waiters.has(look)) return
        plannedNs = Infinity
        look(Math.max(nextNs, kernel.nowNs()))
      })
    }
    kernel.waiters.add(look)
    look(task.cpu.nowNs(kernel.nowNs()))
    return { result, cancel: () => settle(-ERRNO.ECANCELED) }
  }

  /** Calls `resume` as the process at that time; every promise has gone on as far as it can by then. */
  wake(timeNs: number, resume: () => void): void {
    if (this.#wakeAt !== undefined) this.#wakeAt(timeNs, resume)
    else {
      // A machine whose time nobody moves: the process's own does.
      queueMicrotask(() => {
        const { cpu } = this.task
        cpu.spend(this.kernel.nowNs(), Math.max(0, timeNs - cpu.nowNs(this.kernel.nowNs())))
        resume()
      })
    }
  }
}

/** An absolute time of the interface's, as the kernel takes it: 0 asks only. */
export function deadlineOf(timeoutNs: bigint): number {
  return timeoutNs === 0n ? -Infinity : Number(timeoutNs)
}
