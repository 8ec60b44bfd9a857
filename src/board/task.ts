/** What runs beside the harness: actors and hogs. Processes of their own, or tasks of the simulated kernel. */
import type { Backend } from '../backend/backend.js'
import type { Clock } from './clock.js'

/** What a task finds around it. The same code runs in a process and on the simulated kernel. */
export interface TaskContext {
  readonly pid: number
  /** The kernel as this task sees it: its own open files, charged to its own cgroup. */
  readonly backend: Backend
  readonly clock: Clock
  /**
   * Says what this task is about to do, so that whoever watches it knows when it hangs: it becomes the task's comm, of
   * which the kernel keeps 15 characters and which it prints in its own messages.
   */
  announce(text: string): void
  /** What the starter can read however this task ends: Task.readLog. */
  readonly log: TaskLog
  /** Sends a JSON value to whoever started the task. */
  post(message: unknown): void
  /** The next message from whoever started the task; undefined when there will be none any more: then end. */
  receive(): Promise<unknown>
}

/** Entries are JSON values. */
export interface TaskLog {
  write(entry: unknown): void
  /** Forgets all entries. */
  clear(): void
}

/**
 * Code that can run as a task. `moduleUrl` and `exportName` tell a new process where to find this very object.
 * A module that holds a role exports it by that name and does nothing when it is loaded.
 */
export interface Role<Arguments> {
  readonly moduleUrl: string
  readonly exportName: string
  run(context: TaskContext, args: Arguments): Promise<void>
}

export interface TaskExit {
  readonly code: number | null
  /** `SIGKILL` when the OOM killer (or anybody) killed it. */
  readonly signal: string | null
  /** What the task wrote to stderr at its end, for error messages; empty when it ended well. */
  readonly stderr: string
}

export interface Task {
  readonly pid: number
  readonly name: string
  post(message: unknown): void
  /** Calls `listener` with each message of the task's, in order. One listener. */
  onMessage(listener: (message: unknown) => void): void
  /** What the task has written down since it last cleared its log; also while it hangs, and after it was killed. */
  readLog(): readonly unknown[]
  /** Resolves when the task is gone, all its messages have come and its memory is given back. Never rejects. */
  readonly exited: Promise<TaskExit>
  /** SIGKILL. Does nothing when it has ended already. */
  kill(): void
}
