/** The machine's pseudo-files. */
import { constants, readdirSync, readFileSync } from 'node:fs'
import { mkdir, open, rmdir } from 'node:fs/promises'
import { ERRNO } from '../backend/errno.js'
import type { KernelFiles } from './kernel-files.js'

/**
 * Reading is done at once: the kernel answers from memory in microseconds, and the four trips through the thread pool
 * that Node's own asynchronous read makes take seconds on an emulated machine under pressure.
 */
export const realFiles: KernelFiles = {
  // eslint-disable-next-line @typescript-eslint/require-await
  read: (path) => orErrno((async () => readFileSync(path, 'utf8'))()),
  write: (path, text) => orErrno(writeOnce(path, text)),
  // eslint-disable-next-line @typescript-eslint/require-await
  list: (path) => orErrno((async () => readdirSync(path).sort())()),
  makeDirectory: (path) => orErrno(mkdir(path).then(() => 0 as const)),
  removeDirectory: (path) => orErrno(rmdir(path).then(() => 0 as const)),
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
