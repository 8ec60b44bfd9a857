/** The simulated kernel's log behind the interface of /dev/kmsg. */
import { ERRNO } from '../backend/errno.js'
import type { Kernel } from '../sim/kernel.js'
import type { KernelLogFile } from './kernel-log.js'

/** Facility 1: the kernel marks what user space writes (devkmsg_write). */
const USER_FACILITY = 1
/** KERN_WARNING, of a line that names none. */
const DEFAULT_LEVEL = 4

export function openFakeKernelLog(kernel: Kernel): KernelLogFile {
  const { log } = kernel
  let next = log.firstSequence
  return {
    read() {
      if (next < log.firstSequence) {
        next = log.firstSequence
        return -ERRNO.EPIPE
      }
      const line = log.lines[next - log.firstSequence]
      if (line === undefined) return -ERRNO.EAGAIN
      const sequence = next++
      return `${line.priority},${sequence},${Math.floor(line.timeNs / 1000)},-;${line.text}\n`
    },
    write(text) {
      const prefix = /^<(\d+)>/.exec(text)
      const level = prefix === null ? DEFAULT_LEVEL : Number(prefix[1]) & 7
      log.print(text.slice(prefix?.[0].length ?? 0).trimEnd(), USER_FACILITY * 8 + level)
      return 0
    },
    close: () => undefined,
  }
}
