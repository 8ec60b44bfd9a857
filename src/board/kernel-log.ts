/** The kernel's log, as /dev/kmsg gives it: Documentation/ABI/testing/dev-kmsg, kernel/printk/printk.c (6.12). */
import type { NegativeErrno } from '../backend/outcome.js'

/** One reader of the log. It begins with the oldest record that the kernel still has. */
export interface KernelLogFile {
  /**
   * One read(2): the next record, `prio,seq,usec,flags;text` and its ` KEY=value` lines. EAGAIN when there is none
   * yet; EPIPE when records were overwritten before they were read, after which it goes on with the oldest one left.
   */
  read(): string | NegativeErrno
  /** One write(2): a record of user space's in the log. EACCES, EPERM without the right to. */
  write(text: string): NegativeErrno | 0
  close(): void
}
