/** /dev/kmsg of this machine. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { ERRNO } from '../backend/errno.js'
import type { NegativeErrno } from '../backend/outcome.js'
import type { KernelLogFile } from './kernel-log.js'

const PATH = '/dev/kmsg'
/** PRINTK_MESSAGE_MAX: a longer record does not exist. */
const RECORD_BYTES = 8192

/** EACCES, EPERM (kernel.dmesg_restrict), ENOENT. */
export function openRealKernelLog(): KernelLogFile | NegativeErrno {
  const fd = orErrno(() => openSync(PATH, constants.O_RDONLY | constants.O_NONBLOCK))
  if (fd < 0) return fd
  const record = Buffer.allocUnsafe(RECORD_BYTES)
  return {
    read() {
      const length = orErrno(() => readSync(fd, record, 0, RECORD_BYTES, null))
      return length < 0 ? length : record.toString('utf8', 0, length)
    },
    write(text) {
      const out = orErrno(() => openSync(PATH, constants.O_WRONLY))
      if (out < 0) return out
      const result = orErrno(() => writeSync(out, text))
      closeSync(out)
      return Math.min(result, 0)
    },
    close: () => closeSync(fd),
  }
}

function orErrno(call: () => number): number {
  try {
    return call()
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException
    return typeof errno === 'number' && errno < 0 ? errno : -ERRNO.EIO
  }
}
