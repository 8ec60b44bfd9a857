/** Birth and death of processes: kernel/fork.c, kernel/exit.c, kernel/signal.c (6.12), much reduced. */
import { COST_NS } from '../costs.js'
import type { Cgroup } from '../fs/cgroup.js'
import type { Kernel } from '../kernel.js'
import { SimTask } from './task-struct.js'

/** Why a process ended: a code, or a signal. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
}

type ExitListener = (task: SimTask, end: ProcessEnd) => void

export class ProcessTable {
  readonly #kernel: Kernel
  readonly #tasks = new Map<number, SimTask>()
  readonly #exitListeners = new Set<ExitListener>()
  #nextPid = 1

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** By pid, lowest first. */
  all(): Iterable<SimTask> {
    return this.#tasks.values()
  }

  get(pid: number): SimTask | undefined {
    return this.#tasks.get(pid)
  }

  /** A process without a parent, in the root cgroup: init, or the one that the harness is. */
  spawn(name: string, cgroup: Cgroup): SimTask {
    return this.#add(name, cgroup, 0)
  }

  /** A child of `parent`, in its cgroup and with its oom_score_adj. It has no memory and no files yet. */
  fork(parent: SimTask, name: string): SimTask {
    this.#kernel.spend(COST_NS.fork)
    return this.#add(name, parent.cgroup, parent.oomScoreAdj)
  }

  /** SIGKILL. Takes effect at once, or on the way out of the kernel when the process is in it. */
  kill(task: SimTask): void {
    if (task.exited) return
    task.dying = true
    if (this.#kernel.current?.task !== task) this.exit(task, { code: null, signal: 'SIGKILL' })
  }

  /** do_exit(): mappings first, then files, as exit_mm() comes before exit_files(), and exit_task_work() last. */
  exit(task: SimTask, end: ProcessEnd): void {
    if (task.exited) return
    task.dying = true
    task.exited = true
    this.#kernel.taskWork.runAfter(() => {
      for (const vma of [...task.vmas]) vma.unmap()
      task.files.closeAll()
    })
    this.#tasks.delete(task.pid)
    for (const listener of this.#exitListeners) listener(task, end)
  }

  onExit(listener: ExitListener): void {
    this.#exitListeners.add(listener)
  }

  #add(name: string, cgroup: Cgroup, oomScoreAdj: number): SimTask {
    const task = new SimTask(this.#nextPid++, name, cgroup, oomScoreAdj)
    this.#tasks.set(task.pid, task)
    return task
  }
}
