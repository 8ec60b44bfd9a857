/**
 * Error numbers of Linux (include/uapi/asm-generic/errno-base.h and errno.h), by name.
 *
 * The values are those of asm-generic, which x86, Arm and RISC-V share. libuv does not know all of them (ETIME,
 * EDEADLK, EBADFD), so the table is ours.
 */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EPIPE: 32,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ETIME: 62,
  EOVERFLOW: 75,
  EBADFD: 77,
  EOPNOTSUPP: 95,
  ETIMEDOUT: 110,
  EALREADY: 114,
  ECANCELED: 125,
} as const

export type ErrnoName = keyof typeof ERRNO

const NAMES = new Map<number, ErrnoName>(
  Object.entries(ERRNO).map(([name, value]) => [value, name as ErrnoName]),
)

/** The name of a positive error number (`2` is `ENOENT`); `E<number>` when Linux has a name that we do not list. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`
}
