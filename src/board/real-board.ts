/** This machine as a board: the native backend, processes, its own clock and pseudo-files. */
import { readFileSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import type { Backend } from '../backend/backend.js'
import type { Board } from './board.js'
import { startProcessTask } from './process-task.js'
import { clockOriginNow, createRealClock } from './real-clock.js'
import { realFiles } from './real-files.js'
import { createRealState } from './real-state.js'
import { openRealKernelLog } from './real-kernel-log.js'
import { realSwapTools } from './real-swap-tools.js'
import { readBoardWords, vmOptions } from './virtual-board-words.js'

/** What a Node process with the addon keeps resident besides its buffers, measured on arm64, rounded up. */
const PROCESS_BYTES = 56 * 1024 * 1024

export function createRealBoard(backend: Backend): Board {
  const virtual = readBoardWords(readFileSync('/proc/cmdline', 'utf8'))
  const origin = clockOriginNow()
  const kernel = `Linux ${release()}, ${process.arch}`
  return {
    kind: virtual === undefined ? 'real' : 'virtual',
    description:
      virtual === undefined ? `this machine (${kernel})` : `virtual board ${virtual.board} (${kernel})`,
    askedFor: virtual === undefined ? ['native'] : vmOptions(virtual),
    expendable: virtual !== undefined,
    backend,
    clock: createRealClock(origin),
    files: realFiles,
    state: createRealState(),
    swap: realSwapTools,
    openKernelLog: openRealKernelLog,
    taskBytes: PROCESS_BYTES,
    processors: availableParallelism(),
    start: (name, role, args) => startProcessTask(name, role, args, origin),
    kill: (pid) => signal(pid, 'SIGKILL'),
    setStopped: (pid, stopped) => signal(pid, stopped ? 'SIGSTOP' : 'SIGCONT'),
    run: (main) => main(),
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  // kill(2) takes these for whole groups.
  if (pid <= 0) return
  try {
    process.kill(pid, name)
  } catch {
    // Gone already.
  }
}
