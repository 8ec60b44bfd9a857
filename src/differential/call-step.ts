/** A step of a program of calls, and what came of it, for people. */
import { errnoName } from '../backend/errno.js'
import { RAISED_SIGBUS } from '../backend/memory-calls.js'
import type { CallKind, CallOutcome } from './call-kind.js'
import { CALL_KINDS } from './calls/index.js'

/** Index of the kind in CALL_KINDS, then its arguments: short, as many of them go to a board by a slow channel. */
export type CallStep = readonly [kind: number, ...args: number[]]

/** Outcome of the step in which the process was killed by an oops of the kernel. */
export const KILLED = 'killed by an oops'

/** Throws a RangeError for a step of another gemrig. */
export function kindOf([kind]: CallStep): CallKind {
  const known = CALL_KINDS[kind]
  if (known === undefined) throw new RangeError(`there is no call ${kind}`)
  return known
}

/** `madvise: through file -1, buffer 3, advice 1`. */
export function callText(step: CallStep): string {
  const [, ...values] = step
  const { name, args } = kindOf(step)
  if (args.length === 0) return name
  return `${name}: ${args.map((argument, index) => `${argument.name} ${values[index] ?? 0}`).join(', ')}`
}

/** `EINVAL`, `SIGBUS`, `3 at 2000000`: equal when two kernels did the same. */
export function outcomeText(outcome: CallOutcome): string {
  if (typeof outcome === 'string' || outcome >= 0) return String(outcome)
  return outcome === RAISED_SIGBUS ? 'SIGBUS' : errnoName(-outcome)
}

/** For counting: which of these it was. */
export function outcomeKind(outcome: CallOutcome): string {
  if (outcome === KILLED) return KILLED
  return typeof outcome === 'string' || outcome >= 0 ? 'done' : outcomeText(outcome)
}
