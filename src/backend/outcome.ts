/**
 * How a call of the kernel answers: as the kernel itself does, with a value or with a negative errno.
 *
 * Neither backend throws for a refused call. The native one and the simulated kernel answer in the same form, and
 * one place above them (device/errors.ts) makes errors out of it.
 */

/** `-ENOENT`, `-EINVAL`...: a number below 0. */
export type NegativeErrno = number

/** A call that hands back something: the thing, or a negative errno. */
export type Outcome<T extends object> = T | NegativeErrno

/** Whether a call was refused. */
export function isRefused<T extends object>(outcome: Outcome<T>): outcome is NegativeErrno {
  return typeof outcome === 'number'
}
