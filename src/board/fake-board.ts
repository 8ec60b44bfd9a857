/**
 * A board inside the process: the simulated kernel, with simulated time. The same options and the same program give
 * the same run, always.
 */
import { createFakeBackend } from '../fake-backend/fake-backend.js'
import type { GpuName, Kernel, Patches, Release } from '../sim/kernel.js'
import type { BugName } from '../sim/bugs/bug.js'
import { TaskKilled } from '../sim/process/task-killed.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { AnonVma } from '../sim/mm/anonymous.js'
import type { SwapOptions } from '../sim/mm/swap.js'
import type { Board } from './board.js'
import { createFakeClock } from './fake-clock.js'
import { createFakeFiles } from './fake-files.js'
import { openFakeKernelLog } from './fake-kernel-log.js'
import type { HeapOptions } from '../sim/dma-buf/heaps/create-heaps.js'
import { FakeMachine } from './fake-machine.js'
import { FakeTask } from './fake-task.js'
import { createMemoryState } from './state-store.js'
import type { Role, Task } from './task.js'

const MIB = 1 << 20
/** Of a small board. Simulated time is a thread's own, so that any number of threads runs at once. */
const PROCESSORS = 4

export interface FakeBoardOptions extends HeapOptions {
  /** A whole number. Chooses how processes interleave. 0 unless said otherwise. */
  readonly seed?: number
  /** The machine's memory. 256 MiB unless said otherwise; at least 16 MiB. */
  readonly memoryBytes?: number
  /** Clean page cache at boot. A sixteenth of the memory unless said otherwise. */
  readonly pageCacheBytes?: number
  /** Resident memory of each process before it does anything. 1 MiB unless said otherwise. */
  readonly taskMemoryBytes?: number
  /** How long each GPU job takes; Infinity for a GPU that never completes one. 1 ms unless said otherwise. */
  readonly gpuJobNs?: number
  /** The Linux release whose Panfrost the machine has. 6.12 unless said otherwise. */
  readonly release?: Release
  /** Changes to that release that were posted, and not merged. None unless said otherwise. */
  readonly patches?: Patches
  /** Its GPU: a Mali-T860 under Panfrost unless said otherwise, a Mali-G610 under the Panthor of Linux 7.2, or a PC's under i915. */
  readonly gpu?: GpuName
  /** A swap device. None unless said otherwise. */
  readonly swap?: SwapOptions
  /** Reclaim by the multi-generational lists from boot on, as Debian's kernels do. False unless said otherwise. */
  readonly lruGen?: boolean
  /** CONFIG_SHRINKER_DEBUG, which Debian's kernels lack: shrinkers can be asked one by one. False unless said otherwise. */
  readonly shrinkerDebug?: boolean
  /** Bugs that its kernel has. None unless said otherwise. What a bug breaks is an oops: who met it is killed. */
  readonly bugs?: readonly BugName[]
}

export interface FakeBoard extends Board {
  readonly kind: 'fake'
  /** The machine itself, for tests. */
  readonly kernel: Kernel
}

/** All processes wait for each other, or for something outside the simulated machine. */
export class SimulatedDeadlock extends Error {
  override readonly name = 'SimulatedDeadlock'
}

/** The simulated kernel killed the process that the main program runs in. */
export class MainProcessKilled extends Error {
  override readonly name = 'MainProcessKilled'
}

/**
 * The program given to `run`, and every role, may wait for nothing but what the board gives: its clock, its files,
 * messages and ends of tasks. Other waits (real I/O, real timers) take no simulated time, so that a run that depends on
 * one is not the same each time, or is taken for a deadlock. Synchronous I/O does no harm.
 */
export function createFakeBoard(options: FakeBoardOptions = {}): FakeBoard {
  const { seed = 0, taskMemoryBytes = MIB, ...memory } = options
  const machine = new FakeMachine({ seed, ...memory })
  const { kernel, events } = machine
  const main = kernel.tasks.spawn('gemrig', kernel.cgroups.root)
  // As systemd leaves it at boot.
  kernel.cgroups.root.subtreeHasMemory = true
  const tasks = new Map<number, FakeTask>()
  kernel.tasks.onExit((task, end) => {
    tasks.get(task.pid)?.ended(end)
    tasks.delete(task.pid)
  })
  if (taskMemoryBytes > 0) {
    kernel.syscall(main, 0, () => {
      const own = new AnonVma(kernel, main, taskMemoryBytes)
      own.touch(0, own.pages, true)
    })
  }

  let isRunning = false
  /** A wait of a program that is not inside run(): the machine runs for as long as it takes. */
  const drivenAlone = async <T>(program: () => Promise<T>): Promise<T> => {
    if (isRunning) return program()
    isRunning = true
    try {
      return await drive(machine, main, program)
    } finally {
      isRunning = false
    }
  }
  const wakeAt = (timeNs: number, resume: () => void): void => {
    const wakeUp = () => new Promise<void>((resolve) => machine.wake(main, timeNs, resolve))
    drivenAlone(wakeUp).then(resume, (error: unknown) => machine.fail(error))
  }
  const clock = createFakeClock(machine, main)
  const files = createFakeFiles(machine, main)
  return {
    kind: 'fake',
    description: `fake board (simulated Linux ${kernel.fullRelease}, ${Math.round((kernel.pages.totalPages * 4096) / MIB)} MiB, ${kernel.gpu.hardware}${swapText(kernel)}${bugText(kernel)})`,
    expendable: true,
    state: createMemoryState(),
    taskBytes: taskMemoryBytes,
    processors: PROCESSORS,
    kernel,
    backend: createFakeBackend(kernel, main, wakeAt),
    clock: { ...clock, sleep: (ms, signal) => drivenAlone(() => clock.sleep(ms, signal)) },
    files: {
      read: (path) => drivenAlone(() => files.read(path)),
      write: (path, text) => drivenAlone(() => files.write(path, text)),
      list: (path) => drivenAlone(() => files.list(path)),
      makeDirectory: (path) => drivenAlone(() => files.makeDirectory(path)),
      removeDirectory: (path) => drivenAlone(() => files.removeDirectory(path)),
    },
    openKernelLog: () => openFakeKernelLog(kernel),
    start<Arguments>(name: string, role: Role<Arguments>, args: Arguments): Task {
      const task = new FakeTask(machine, main, name)
      tasks.set(task.pid, task)
      task.begin(role, args, { taskMemoryBytes })
      return task
    },
    kill(pid) {
      kernel.syscall(main, 0, () => {
        const task = kernel.tasks.get(pid)
        // The kernel does not deliver SIGKILL to init.
        if (task !== undefined && !task.isInit) kernel.tasks.kill(task)
      })
    },
    async run<T>(program: () => Promise<T>): Promise<T> {
      if (isRunning) throw new Error('the simulated machine runs a program already')
      isRunning = true
      try {
        return await drive(machine, main, program)
      } finally {
        // Nobody outlives the program that started it.
        for (const pid of [...tasks.keys()]) {
          const task = kernel.tasks.get(pid)
          if (task !== undefined) kernel.tasks.kill(task)
        }
        events.clear()
        isRunning = false
      }
    },
  }
}

function bugText({ bugs }: Kernel): string {
  return [...bugs].map((bug) => `, bug=${bug}`).join('')
}

function swapText({ swap }: Kernel): string {
  return swap.totalPages === 0 ? '' : `, ${Math.round((swap.totalPages * 4096) / MIB)} MiB of swap`
}

/** Lets `program` and all processes run until `program` is done. */
async function drive<T>(machine: FakeMachine, main: SimTask, program: () => Promise<T>): Promise<T> {
  let outcome: { readonly value: T } | { readonly error: unknown } | null = null
  const settled = (): typeof outcome => outcome
  machine.events.schedule(machine.events.nowNs, () => {
    Promise.resolve()
      .then(program)
      .then(
        (value) => (outcome = { value }),
        (error: unknown) => (outcome = { error }),
      )
  })
  for (;;) {
    if (machine.failure !== null) throw machine.failure.error
    const result = settled()
    if (result !== null) {
      // A process that is gone has no clean-up either.
      if ('error' in result) throw result.error instanceof TaskKilled ? killed(machine) : result.error
      return result.value
    }
    if (main.exited) throw killed(machine)
    if (!machine.events.step()) {
      throw new SimulatedDeadlock(
        `the simulated machine is deadlocked after ${Math.floor(machine.events.nowNs / 1000)} us: its main program ` +
          'still waits, and nothing is left that could wake it',
      )
    }
    await allCodeWaits()
  }
}

function killed({ kernel: { log } }: FakeMachine): MainProcessKilled {
  const oops = log.lines.findLast(({ text }) => text.startsWith('Internal error'))
  const why = oops === undefined ? '' : `: ${log.lines[log.lines.indexOf(oops) - 1]?.text ?? ''}`
  return new MainProcessKilled(`the simulated kernel killed the process that drives the board${why}`)
}

/** Resolves when every promise that can go on has gone on. */
function allCodeWaits(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
