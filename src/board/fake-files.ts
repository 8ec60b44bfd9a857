/** The simulated kernel's pseudo-files, as the harness's process sees them. */
import { COST_NS } from '../sim/costs.js'
import { CpuTime } from '../sim/process/cpu-time.js'
import { TaskKilled } from '../sim/process/task-killed.js'
import type { SimTask } from '../sim/process/task-struct.js'
import type { FakeMachine } from './fake-machine.js'
import type { KernelFiles } from './kernel-files.js'

/**
 * Each call runs on a thread of its own, as Node's do: while a write to memory.reclaim takes its time, the
 * process goes on with other things. Rejects only with TaskKilled or KernelPanic, when the process or the machine died;
 * a call that was an oops never comes back, as its thread is gone.
 */
export function createFakeFiles(machine: FakeMachine, task: SimTask): KernelFiles {
  const { kernel } = machine
  const { fileSystem } = kernel
  const call = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      const thread = new CpuTime(machine.taskNowNs(task))
      try {
        const result = kernel.syscall(task, COST_NS.pseudoFile, work, thread)
        machine.wake(task, thread.nowNs(machine.events.nowNs), () => resolve(result))
      } catch (error) {
        if (!(error instanceof TaskKilled) || task.exited) throw error
      }
    })
  return {
    read: (path) => call(() => fileSystem.read(path)),
    write: (path, text) => call(() => fileSystem.write(path, text)),
    list: (path) => call(() => fileSystem.list(path)),
    makeDirectory: (path) => call(() => fileSystem.makeDirectory(path)),
    removeDirectory: (path) => call(() => fileSystem.removeDirectory(path)),
  }
}
