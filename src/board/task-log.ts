/**
 * What a process writes down as it goes, in a file without a name that it shares with whoever started it: however it
 * ends, or where it hangs, the last entries can be read. Writing is one system call and takes no memory after the first
 * page, so it can be done before each operation of a process that may have none left.
 */
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskLog } from './task.js'

/** Its descriptor in the process that writes. */
export const TASK_LOG_FD = 4
/** open(2), include/uapi/asm-generic/fcntl.h; Node does not name it. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY
const END = '\0'

/** A file that nobody else can open and that is gone with its last descriptor. Throws when there is no place for one. */
export function createTaskLogFile(): number {
  try {
    return openSync('/dev/shm', O_TMPFILE | constants.O_RDWR, 0o600)
  } catch {
    const path = join(tmpdir(), `gemrig-task-${process.pid}-${process.hrtime.bigint()}`)
    const fd = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600)
    unlinkSync(path)
    return fd
  }
}

export class FileTaskLog implements TaskLog {
  readonly #fd: number
  #position = 0

  constructor(fd: number) {
    this.#fd = fd
  }

  write(entry: unknown): void {
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n${END}`)
    writeSync(this.#fd, bytes, 0, bytes.length, this.#position)
    this.#position += bytes.length - END.length
  }

  /** The pages stay, for the next entries. */
  clear(): void {
    if (this.#position === 0) return
    writeSync(this.#fd, END, 0)
    this.#position = 0
  }
}

/** The entries, oldest first. A write that was cut off in the middle is left out. */
export function readTaskLogFile(fd: number): unknown[] {
  const bytes = Buffer.alloc(fstatSync(fd).size)
  const length = readSync(fd, bytes, 0, bytes.length, 0)
  const text = bytes.toString('utf8', 0, length)
  const end = text.indexOf(END)
  return (end < 0 ? text : text.slice(0, end)).split('\n').flatMap(parsed)
}

export function closeTaskLogFile(fd: number): void {
  closeSync(fd)
}

function parsed(line: string): unknown[] {
  try {
    return [JSON.parse(line) as unknown]
  } catch {
    return []
  }
}
