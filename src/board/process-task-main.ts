/** The main program of a task's process: its first message names the role; the rest is the role's own. */
import { constants, openSync, writeSync } from 'node:fs'
import { loadNativeBackend } from '../native-backend/native-backend.js'
import { createRealClock } from './real-clock.js'
import { FileTaskLog, TASK_LOG_FD } from './task-log.js'
import type { Role, TaskContext } from './task.js'

/** The first message. */
export interface ProcessStart {
  readonly moduleUrl: string
  readonly exportName: string
  readonly args: unknown
  /** ClockOrigin of the board, in digits: JSON has no bigint. */
  readonly clockOriginNs: string
}

/** When the starter is gone: how long a role may take to notice before the process ends anyway. */
const ORPHAN_GRACE_MS = 2000

const queue: unknown[] = []
let waiting: ((message: unknown) => void) | undefined
let ended = false

process.on('message', (message) => {
  if (waiting === undefined) queue.push(message)
  else {
    const resolve = waiting
    waiting = undefined
    resolve(message)
  }
})
process.on('disconnect', () => {
  ended = true
  waiting?.(undefined)
  setTimeout(() => process.exit(1), ORPHAN_GRACE_MS).unref()
})

function receive(): Promise<unknown> {
  if (queue.length > 0) return Promise.resolve(queue.shift())
  if (ended) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    waiting = resolve
  })
}

/** Writes to the comm of the main thread. Where the file cannot be opened nobody is told. */
function announcer(): (text: string) => void {
  try {
    const fd = openSync('/proc/self/comm', constants.O_WRONLY)
    return (text) => {
      writeSync(fd, text)
    }
  } catch {
    return () => undefined
  }
}

let unsent = 0
let whenSent: (() => void) | undefined

function post(message: unknown): void {
  unsent++
  process.send?.(message, undefined, undefined, () => {
    if (--unsent === 0) whenSent?.()
  })
}

/** To disconnect drops what the pipe had no room for yet. Resolves also when nobody reads any more. */
function allSent(): Promise<void> {
  if (unsent === 0 || !process.connected) return Promise.resolve()
  return new Promise((resolve) => {
    whenSent = resolve
    process.once('disconnect', () => resolve())
  })
}

async function main(): Promise<void> {
  const start = (await receive()) as ProcessStart | undefined
  if (start === undefined) return
  const native = loadNativeBackend()
  if ('missing' in native) throw new Error(native.missing)
  const module = (await import(start.moduleUrl)) as Record<string, Role<unknown>>
  const role = module[start.exportName]
  if (role === undefined) throw new Error(`${start.moduleUrl} has no role ${start.exportName}`)
  const context: TaskContext = {
    pid: process.pid,
    backend: native.backend,
    clock: createRealClock(BigInt(start.clockOriginNs)),
    announce: announcer(),
    log: new FileTaskLog(TASK_LOG_FD),
    post,
    receive,
  }
  await role.run(context, start.args)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exitCode = 1
}
await allSent()
if (process.connected) process.disconnect()
