/** A task that is a process of its own: Node, running one role, with messages over its IPC channel. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProcessStart } from './process-task-main.js'
import type { ClockOrigin } from './real-clock.js'
import type { Role, Task, TaskExit } from './task.js'
import { closeTaskLogFile, createTaskLogFile, readTaskLogFile } from './task-log.js'

const MAIN = fileURLToPath(new URL('./process-task-main.js', import.meta.url))
const STDERR_KEPT = 4096
/** A small young generation and heap: a hog's or actor's own memory must not drown what is measured. */
const NODE_OPTIONS = ['--max-old-space-size=96', '--max-semi-space-size=1']

export function startProcessTask<Arguments>(
  name: string,
  role: Role<Arguments>,
  args: Arguments,
  origin: ClockOrigin,
): Task {
  const logFile = createTaskLogFile()
  const child = fork(MAIN, [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', logFile],
    execArgv: NODE_OPTIONS,
    serialization: 'json',
    // A process group of its own: a terminal sends Ctrl-C to a whole group, and the harness decides how its tasks end.
    detached: true,
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT)
  })
  const closed = new Promise<TaskExit>((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, stderr: error.message }))
    child.on('close', (code, signal) => resolve({ code, signal, stderr }))
  })
  // Its last messages may come after its end.
  const silent = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    if (child.connected) child.once('disconnect', resolve)
    else resolve()
  })
  let lastEntries: readonly unknown[] | undefined
  const exited = Promise.all([closed, silent]).then(([exit]) => {
    lastEntries = readTaskLogFile(logFile)
    closeTaskLogFile(logFile)
    return exit
  })
  // A message to a process that is gone is no error: its exit tells.
  const post = (message: unknown) => child.connected && child.send(message as object, () => undefined)
  const { moduleUrl, exportName } = role
  post({ moduleUrl, exportName, args, clockOriginNs: String(origin) } satisfies ProcessStart)
  return {
    pid: child.pid ?? -1,
    name,
    post,
    onMessage: (listener) => child.on('message', listener),
    readLog: () => lastEntries ?? readTaskLogFile(logFile),
    exited,
    kill: () => child.kill('SIGKILL'),
  }
}
