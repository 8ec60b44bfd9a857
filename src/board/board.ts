/**
 * A machine to run on: the kernel that a process sees (backend), its pseudo-files, its time, and other tasks on it.
 * Engines hold a Board and never ask which one it is.
 */
import type { Backend } from '../backend/backend.js'
import type { NegativeErrno } from '../backend/outcome.js'
import type { Clock } from './clock.js'
import type { KernelFiles } from './kernel-files.js'
import type { StateStore } from './state-store.js'
import type { KernelLogFile } from './kernel-log.js'
import type { SwapTools } from './swap-tools.js'
import type { Role, Task } from './task.js'

/** real: this machine. virtual: this machine, and it is a guest that was booted for the purpose. fake: simulated. */
export type BoardKind = 'real' | 'virtual' | 'fake'

export interface Board {
  readonly kind: BoardKind
  /** For people: `fake board (simulated Linux 6.12, 256 MiB, Mali-T860)`. */
  readonly description: string
  /**
   * Words of a command line that ask for this board: of --backend (`fake:7.2`), or options of `gemrig vm`. Absent on a
   * fake board that no words made.
   */
  readonly askedFor?: readonly string[]
  /** The board is ours alone, so pressure on the whole machine harms nobody. False for a real machine. */
  readonly expendable: boolean
  readonly backend: Backend
  readonly clock: Clock
  readonly files: KernelFiles
  /** What the next start must find when this one is killed. */
  readonly state: StateStore
  /** What sets up swap; absent where the board has none to set up. */
  readonly swap?: SwapTools
  /** The kernel's log. EACCES, EPERM: it is not for everybody; ENOENT. */
  openKernelLog(): KernelLogFile | NegativeErrno
  /** What a task needs for itself, in bytes, besides the memory that it is told to take. */
  readonly taskBytes: number
  /** Processors that tasks run on. */
  readonly processors: number
  /** Starts a task. It begins to run at once; messages sent before it listens are kept for it. */
  start<Arguments>(name: string, role: Role<Arguments>, args: Arguments): Task
  /** SIGKILL to a process that an earlier run left behind; does nothing when it is gone. */
  kill(pid: number): void
  /**
   * SIGSTOP, or SIGCONT, to a process; does nothing when it is gone. Absent on the fake board, whose cgroups can be frozen.
   */
  setStopped?(pid: number, stopped: boolean): void
  /** Runs `main` on the board. On the simulated machine this drives its time until `main` is done. */
  run<T>(main: () => Promise<T>): Promise<T>
}
