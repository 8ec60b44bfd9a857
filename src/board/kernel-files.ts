/**
 * The kernel's pseudo-files: /proc, /sys, the cgroup file systems. Text in, text out, errors as the kernel gives them.
 *
 * Reads and writes are asynchronous because the kernel does its work inside them: a write to memory.reclaim or to
 * memory.max returns when the kernel has finished or given up, which can take seconds.
 */
import type { NegativeErrno, Outcome } from '../backend/outcome.js'

export interface KernelFiles {
  /** The whole file. ENOENT, EACCES, ENODEV... */
  read(path: string): Promise<string | NegativeErrno>
  /** One write(2) of `text` from the file's start. 0, or what the kernel answers: EINVAL, EAGAIN, EBUSY... */
  write(path: string, text: string): Promise<NegativeErrno | 0>
  /** Names in a directory, sorted. ENOENT, ENOTDIR. */
  list(path: string): Promise<Outcome<string[]>>
  /** mkdir(2): in a cgroup file system this makes a cgroup. EEXIST, EACCES, EROFS. */
  makeDirectory(path: string): Promise<NegativeErrno | 0>
  /** rmdir(2): in a cgroup file system this removes a cgroup. EBUSY while it has processes or children. */
  removeDirectory(path: string): Promise<NegativeErrno | 0>
}
