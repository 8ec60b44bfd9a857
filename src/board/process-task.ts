/** A task that is a process of its own: Node, running one role, with messages over its IPC channel. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProcessStart } from './process-task-main.js'
import type { ClockOrigin } from './real-clock.js'
import type { Role, Task, TaskExit } from './task.js'

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
  const child = fork(MAIN, [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: NODE_OPTIONS,
    serialization: 'json',
    // A process group of its own: a terminal sends Ctrl-C to a whole group, and the harness decides how its tasks end.
    detached: true,
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT)
  })
  const exited = new Promise<TaskExit>((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, stderr: error.message }))
    child.on('close', (code, signal) => resolve({ code, signal, stderr }))
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
    exited,
    kill: () => child.kill('SIGKILL'),
  }
}
