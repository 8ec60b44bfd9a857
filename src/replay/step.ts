/** A program of several actors, one step after the other, and what came of it. */
import type { Operation, OperationOutcome } from '../workload/operation.js'

/** An actor's operation; or the kernel is made to reclaim all that it can (vm.drop_caches = 2). */
export type Step = { readonly actor: number; readonly operation: Operation } | { readonly reclaim: true }

/**
 * reclaim: `ok`, or why it could not be done. skipped: the step needs something that an earlier one did not make.
 * unfinished: who began it hung, or was killed.
 */
export type StepOutcome =
  OperationOutcome | { readonly result: 'skipped' } | { readonly result: 'unfinished' }

/** `intact`, `refused EINVAL MADVISE`, `corrupt 4096`: equal when two kernels did the same. */
export function outcomeText(outcome: StepOutcome): string {
  switch (outcome.result) {
    case 'refused':
      return `refused ${outcome.code} ${outcome.request}`
    case 'corrupt':
      return `corrupt at ${outcome.offset}`
    default:
      return outcome.result
  }
}

/** `actor 1: madvise buffer 3 dontneed`: for people. */
export function stepText(step: Step): string {
  if ('reclaim' in step) return 'the kernel reclaims all that it can'
  const { op, buffer, ...rest } = step.operation
  const details = Object.entries(rest).map(([key, value]) => `${key} ${String(value)}`)
  return [`actor ${step.actor}: ${op} ${buffer}`, ...details].join(', ')
}
