/** A file that the kernel makes up: what its show and store functions do. fs/kernfs, fs/proc (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'

export interface PseudoFile {
  readonly read: () => string | NegativeErrno
  readonly write: (text: string) => NegativeErrno | 0
}

/** A file of /proc without a write function: proc_reg_write() answers -EIO. */
export function procFile(read: () => string): PseudoFile {
  return { read, write: () => -ERRNO.EIO }
}

/** A file of a cgroup: cgroup_seqfile_show() and cgroup_file_write() answer -EINVAL where there is no function. */
export function cgroupFile(
  read: (() => string) | null,
  write: ((text: string) => NegativeErrno | 0) | null = null,
): PseudoFile {
  return { read: read ?? (() => -ERRNO.EINVAL), write: write ?? (() => -ERRNO.EINVAL) }
}
