/** From any error to one clear line (or, with --json, one object) and the right exit code. */
import { CommanderError } from 'commander'
import { DrmError } from '../device/errors.js'
import { KernelFileError } from '../observe/read.js'
import { JournalError } from '../replay/journal-steps.js'
import { escapeControls } from '../report/escape.js'
import { ResultDirectoryError } from '../report/result-directory.js'
import { BoardError } from '../stress/board-error.js'
import { VmError } from '../vm/vm-error.js'
import { EXIT } from './exit-codes.js'

export interface Failure {
  readonly exitCode: number
  /** For programs: `VmError`, `NoDeviceError`... */
  readonly type: string
  readonly code: string
  readonly message: string
  readonly advice?: string
  /** The last lines of a guest's console. */
  readonly consoleTail?: readonly string[]
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof VmError) {
    const { advice, consoleTail } = error
    return {
      ...base(error, error.kind, error.exitCode),
      ...(advice !== undefined && { advice }),
      consoleTail,
    }
  }
  if (error instanceof DrmError) {
    return {
      ...base(error, error.code, EXIT.boardNotPrepared),
      ...(error.advice && { advice: error.advice }),
    }
  }
  if (error instanceof BoardError || error instanceof KernelFileError) {
    return base(error, error.code, EXIT.boardNotPrepared)
  }
  if (error instanceof ResultDirectoryError || error instanceof JournalError)
    return base(error, error.code, EXIT.wrongUse)
  if (error instanceof RangeError || error instanceof TypeError)
    return base(error, 'wrong-use', EXIT.wrongUse)
  if (error instanceof CommanderError) return base(error, error.code, EXIT.wrongUse)
  const failure = error instanceof Error ? error : new Error(String(error))
  return base(failure, 'internal', EXIT.boardNotPrepared)
}

function base(error: Error, code: string, exitCode: number): Failure {
  return { exitCode, type: error.name, code, message: error.message.split('\n').join(' ') }
}

/** Prints it: for people to stderr, for programs to stdout. */
export function printFailure(failure: Failure, json: boolean): void {
  if (json) {
    const { exitCode, ...error } = failure
    process.stdout.write(`${JSON.stringify({ error, exitCode })}\n`)
    return
  }
  const lines = [`gemrig: ${failure.message}`]
  // A DrmError says its advice in its message.
  if (failure.advice !== undefined && !failure.message.includes(failure.advice))
    lines.push(`  ${failure.advice}`)
  if (failure.consoleTail?.length)
    lines.push('  last lines of the console:', ...failure.consoleTail.map((l) => `  | ${l}`))
  process.stderr.write(`${lines.map(escapeControls).join('\n')}\n`)
}
