/** What the end of a guest means for the one who asked: an exit code, or an error with the console's last lines. */
import { constants } from 'node:os'
import { VmError, type VmErrorKind } from '../vm-error.js'
import type { Guest } from './guest.js'
import type { GuestEnd } from './watch-guest.js'

export interface GuestLimits {
  readonly bootTimeoutMs: number
  readonly runTimeoutMs: number
}

/** Shells tell a death by signal N as 128 + N. */
const SIGNAL_BASE = 128

/** The exit code of the command. VmError for every other end. */
export function exitCodeOf(
  end: GuestEnd,
  guest: Guest,
  limits: GuestLimits,
  consoleFile: string,
): { exitCode: number } {
  const fail = (kind: VmErrorKind, message: string): never => {
    const consoleTail = guest.console.tail()
    throw new VmError(kind, message, { consoleTail, advice: `the whole console is in ${consoleFile}` })
  }
  switch (end.kind) {
    case 'exit': {
      const signal = end.status > SIGNAL_BASE + 2 ? signalName(end.status - SIGNAL_BASE) : undefined
      if (signal !== undefined) return fail('command-killed', `${signal} killed the command in the guest`)
      return { exitCode: end.status }
    }
    case 'interrupted':
      return { exitCode: 130 }
    case 'failed':
      return fail('guest-failed', `the guest cannot start: ${end.reason}`)
    case 'boot-deadline':
      return fail('boot-deadline', `the guest did not start within ${limits.bootTimeoutMs / 1000} s`)
    case 'hung':
      return fail('guest-hung', `the guest hangs: after ${limits.runTimeoutMs / 1000} s it answers no more`)
    case 'run-deadline':
      return fail(
        'run-deadline',
        `the command did not end within ${limits.runTimeoutMs / 1000} s and was stopped`,
      )
    case 'died': {
      const { panic, gaveUp } = guest.console
      if (panic === undefined && gaveUp !== undefined)
        return fail('guest-failed', `the guest cannot start: ${gaveUp}`)
      if (panic === undefined && guest.qemuSignal !== undefined)
        return fail('guest-lost', `QEMU was killed by ${guest.qemuSignal} before the command ended`)
      const said = guest.qemuMessages === '' ? '' : ` (QEMU said: ${guest.qemuMessages})`
      if (panic !== undefined) return fail('guest-panicked', `the guest died: ${panic}${said}`)
      return fail('guest-lost', `the guest died: it ended before its command did${said}`)
    }
  }
}

/** Undefined where no signal has that number: a command may well say `exit 255` itself. */
function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
}
