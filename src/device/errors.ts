/**
 * The one place that makes errors out of what a kernel answered.
 *
 * One class for each cause that a program would handle; all of them are DrmErrors and tell errno, code, syscall and
 * the request's name, and, where there is something to do about it, what to do.
 */
import { ERRNO, errnoName } from '../backend/errno.js'
import { RAISED_SIGBUS } from '../backend/memory-calls.js'

export interface DrmErrorDetails {
  readonly errno: number
  /** The errno's name (`ENOENT`), or `SIGBUS` for an access that raised the signal. */
  readonly code: string
  /** `open`, `ioctl`, `mmap`, `munmap`, or `memory access` when the CPU touched a mapping. */
  readonly syscall: string
  /** The request's name without prefixes (`MADVISE`), or what was asked for (`/dev/dri/renderD128`). */
  readonly request: string
  /** One line for a person: what would make it work. */
  readonly advice?: string
}

/** A call that the kernel refused. */
export class DrmError extends Error implements DrmErrorDetails {
  override readonly name: string = 'DrmError'
  readonly errno: number
  readonly code: string
  readonly syscall: string
  readonly request: string
  readonly advice?: string

  constructor(message: string, details: DrmErrorDetails) {
    super(details.advice === undefined ? message : `${message}: ${details.advice}`)
    this.errno = details.errno
    this.code = details.code
    this.syscall = details.syscall
    this.request = details.request
    if (details.advice !== undefined) this.advice = details.advice
  }
}

/** The pages were purged: the CPU's access raised SIGBUS. It stays so until the buffer is closed. Code `SIGBUS`. */
export class PurgedError extends DrmError {
  override readonly name = 'PurgedError'
}

/** The content of a mapping is not what was written to it. */
export class ContentError extends DrmError {
  override readonly name = 'ContentError'
  /** Offset in the mapping of the first byte that differs. */
  readonly offset: number
  constructor(offset: number, length: number) {
    super(`content lost: the byte at offset ${offset} of ${length} is not what was written`, {
      errno: ERRNO.EIO,
      code: 'EIO',
      syscall: 'memory access',
      request: 'verify',
    })
    this.offset = offset
  }
}

/** The driver or the running kernel does not know the request. ENOTTY, EOPNOTSUPP, ENOSYS. */
export class NotSupportedError extends DrmError {
  override readonly name = 'NotSupportedError'
}

/** There is no such device, heap or node. ENOENT, ENODEV, ENXIO from open. */
export class NoDeviceError extends DrmError {
  override readonly name = 'NoDeviceError'
}

/** This user may not. EACCES, EPERM. */
export class PermissionError extends DrmError {
  override readonly name = 'PermissionError'
}

/** The handle is not in the table of the open file: ENOENT of an ioctl, or what the request answers instead. */
export class InvalidHandleError extends DrmError {
  override readonly name = 'InvalidHandleError'
}

/** The kernel found no memory for it. ENOMEM. */
export class OutOfMemoryError extends DrmError {
  override readonly name = 'OutOfMemoryError'
}

/** The object was closed before. EBADF, without asking the kernel. */
export class ClosedError extends DrmError {
  override readonly name = 'ClosedError'
  constructor(what: string, request: string) {
    super(`${request}: ${what} is closed`, { errno: ERRNO.EBADF, code: 'EBADF', syscall: 'none', request })
  }
}

/** A device was to be closed while buffers of it are open. EBUSY, without asking the kernel. */
export class LiveBuffersError extends DrmError {
  override readonly name = 'LiveBuffersError'
  constructor(buffers: readonly string[]) {
    const shown = buffers.slice(0, 5).join(', ') + (buffers.length > 5 ? ', ...' : '')
    super(`close: the device has ${buffers.length} open buffer(s): ${shown}`, {
      errno: ERRNO.EBUSY,
      code: 'EBUSY',
      syscall: 'none',
      request: 'close',
      advice: 'close them first, or call closeAll()',
    })
  }
}

/** What the caller knows about a refused call. */
export interface Refusal {
  readonly syscall: string
  readonly request: string
  /** For the message: `buffer 3 of panfrost`. */
  readonly subject?: string
  readonly advice?: string
  /** Besides ENOENT: an errno that this request has for nothing but a handle that there is not. */
  readonly wrongHandle?: number
}

/** The error for a negative result of a backend's. */
export function refused(result: number, refusal: Refusal): DrmError {
  const subject = refusal.subject === undefined ? '' : ` of ${refusal.subject}`
  if (result === RAISED_SIGBUS) {
    // A system call that touched this page would have answered EFAULT.
    return new PurgedError(`${refusal.request}${subject}: SIGBUS, the pages were purged`, {
      ...refusal,
      errno: ERRNO.EFAULT,
      code: 'SIGBUS',
    })
  }
  const errno = -result
  const code = errnoName(errno)
  const details = { ...refusal, errno, code }
  const message = `${refusal.syscall} ${refusal.request}${subject}: ${code}`
  if (errno === refusal.wrongHandle) return new InvalidHandleError(message, details)
  switch (errno) {
    case ERRNO.EACCES:
    case ERRNO.EPERM:
      return new PermissionError(message, details)
    case ERRNO.ENOTTY:
    case ERRNO.EOPNOTSUPP:
    case ERRNO.ENOSYS:
      return new NotSupportedError(message, details)
    case ERRNO.ENOMEM:
      return new OutOfMemoryError(message, details)
    case ERRNO.ENODEV:
    case ERRNO.ENXIO:
      return refusal.syscall === 'open' ? new NoDeviceError(message, details) : new DrmError(message, details)
    case ERRNO.ENOENT:
      if (refusal.syscall === 'open') return new NoDeviceError(message, details)
      // Of a file that was read, say, it tells nothing of handles.
      return refusal.syscall === 'ioctl'
        ? new InvalidHandleError(message, details)
        : new DrmError(message, details)
    default:
      return new DrmError(message, details)
  }
}

/** Hands on a number that is no refusal. */
export function granted(result: number, refusal: Refusal): number {
  if (result < 0) throw refused(result, refusal)
  return result
}

/** Hands on an object that is no refusal. */
export function grantedObject<T extends object>(outcome: T | number, refusal: Refusal): T {
  if (typeof outcome === 'number') throw refused(outcome, refusal)
  return outcome
}
