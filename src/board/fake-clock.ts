/** The time of a simulated process, and its sleep. */
import { TaskKilled } from '../sim/process/task-killed.js'
import type { SimTask } from '../sim/process/task-struct.js'
import type { Clock } from './clock.js'
import type { FakeMachine } from './fake-machine.js'

/** `sleep` rejects with TaskKilled when the process is gone, so that its code runs no further; never otherwise. */
export function createFakeClock(machine: FakeMachine, task: SimTask): Clock {
  return {
    nowUs: () => Math.floor(machine.taskNowNs(task) / 1000),
    dateMs: () => Math.floor(machine.taskNowNs(task) / 1e6),
    cpuUs: () => Math.floor(machine.taskNowNs(task) / 1000),
    sleep(ms, signal) {
      if (task.exited) return Promise.reject(new TaskKilled(task.pid))
      return new Promise((resolve) => {
        const startNs = machine.taskNowNs(task)
        const wakeUp = (): void => {
          signal?.removeEventListener('abort', abort)
          resolve()
        }
        const abort = (): void => machine.wake(task, machine.events.nowNs, wakeUp)
        if (signal?.aborted === true) {
          abort()
          return
        }
        signal?.addEventListener('abort', abort, { once: true })
        // NaN and what lies before now end at once; Infinity only by the signal.
        const durationNs = Math.max(0, Number.isNaN(ms) ? 0 : ms) * 1e6
        if (durationNs < Infinity) machine.wake(task, startNs + Math.round(durationNs), wakeUp)
      })
    },
  }
}
