/** The machine's pseudo-files. */
import { closeSync, constants, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { mkdir, open, rmdir } from 'node:fs/promises'
import { ERRNO } from '../backend/errno.js'
import type { KernelFiles } from './kernel-files.js'

/**
 * Reading is done at once: the kernel answers from memory in microseconds, and the four trips through the thread pool
 * that Node's own asynchronous read makes take seconds on an emulated machine under pressure.
 */
export const realFiles: KernelFiles = {
  // eslint-disable-next-line @typescript-eslint/require-await
  read: (path) => orErrno((async () => (KEPT.test(path) ? readKept(path) : readFileSync(path, 'utf8')))()),
  write: (path, text) => orErrno(writeOnce(path, text)),
  // eslint-disable-next-line @typescript-eslint/require-await
  list: (path) => orErrno((async () => readdirSync(path).sort())()),
  makeDirectory: (path) => orErrno(mkdir(path).then(() => 0 as const)),
  removeDirectory: (path) => orErrno(rmdir(path).then(() => 0 as const)),
}

/**
 * Read several times a second for as long as a run goes: these stay open, as opening costs more than all the rest. They
 * can seek, and whoever has one open keeps nobody from removing what it tells of.
 */
const KEPT =
  /^\/proc\/(meminfo|vmstat|pressure\/memory|\d+\/fdinfo\/\d+)$|\/memory\.(current|events|stat|usage_in_bytes)$/
const MOST_KEPT = 64
const kept = new Map<string, number>()
let text = Buffer.allocUnsafe(16384)

/** A file that is kept open. */
function readKept(path: string): string {
  const known = kept.get(path)
  if (known !== undefined) {
    try {
      return readFromStart(known)
    } catch {
      // What it told of is gone (ENODEV of a cgroup), and may be there again under the same name.
      forget(path, known)
    }
  }
  const fd = openSync(path, constants.O_RDONLY)
  kept.set(path, fd)
  const [oldest] = kept
  if (kept.size > MOST_KEPT && oldest !== undefined) forget(...oldest)
  try {
    return readFromStart(fd)
  } catch (error) {
    forget(path, fd)
    throw error
  }
}

function forget(path: string, fd: number): void {
  kept.delete(path)
  closeSync(fd)
}

function readFromStart(fd: number): string {
  let end = 0
  // A read brings a page at most (fs/seq_file.c).
  for (let length = -1; length !== 0; end += length) {
    if (end === text.length) text = Buffer.concat([text], 2 * text.length)
    length = readSync(fd, text, end, text.length - end, end)
  }
  return text.toString('latin1', 0, end)
}

/** One write(2) and no truncation: what pseudo-files expect. Not pwrite(2): some of them cannot seek. */
async function writeOnce(path: string, text: string): Promise<0> {
  const file = await open(path, constants.O_WRONLY)
  try {
    await file.write(text)
  } finally {
    await file.close()
  }
  return 0
}

async function orErrno<T>(call: Promise<T>): Promise<T | number> {
  try {
    return await call
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).errno
    return typeof errno === 'number' && errno < 0 ? errno : -ERRNO.EIO
  }
}
