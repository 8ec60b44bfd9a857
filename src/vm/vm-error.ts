/** What goes wrong with a virtual board, as one error that a command can print as it is. */

export type VmErrorKind =
  | 'wrong-use' // an argument that cannot be: a size out of range, a command that the guest does not have
  | 'unknown-board'
  | 'missing-host-part' // a program that this machine lacks
  | 'prepare' // a part could not be fetched or built
  | 'interrupted' // the caller's signal was aborted while parts were made
  | 'boot-deadline'
  | 'run-deadline'
  | 'guest-hung' // at the run's deadline not even its init answered
  | 'guest-failed' // the kernel is up, and the guest cannot start: it lacks the driver, a module, a device
  | 'guest-panicked'
  | 'guest-lost' // a power-off in the middle, QEMU killed
  | 'command-killed' // by a signal

export interface VmErrorDetails {
  /** The last lines of the guest's console, oldest first. */
  readonly consoleTail?: readonly string[]
  /** What to do about it: one line, a command where there is one. */
  readonly advice?: string
  readonly cause?: unknown
}

export class VmError extends Error {
  readonly kind: VmErrorKind
  readonly consoleTail: readonly string[]
  readonly advice: string | undefined

  constructor(kind: VmErrorKind, message: string, details: VmErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'VmError'
    this.kind = kind
    this.consoleTail = details.consoleTail ?? []
    this.advice = details.advice
  }

  /** The exit code that fits: 2 wrong use, 130 interrupted, 3 the board could not be had. */
  get exitCode(): 2 | 3 | 130 {
    if (this.kind === 'interrupted') return 130
    return this.kind === 'wrong-use' || this.kind === 'unknown-board' ? 2 : 3
  }
}
