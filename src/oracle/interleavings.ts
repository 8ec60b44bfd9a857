/** Which rule is broken by what a check of the stepped kernel found. */
import type { InterleavingsEvent, OracleName } from '../events/stress-event.js'

/** Checks that are not a message which the kernel itself prints. */
const RULES: Readonly<Record<string, OracleName>> = {
  deadlock: 'no-operation-hangs',
  hang: 'no-operation-hangs',
  'purged-in-use': 'held-is-never-purged',
  'content-lost': 'retained-is-intact',
  // Uses and pages of a buffer that do not fit: some are never given back, or given back twice.
  invariant: 'memory-comes-back',
}

/** Undefined when nothing was found. */
export function brokenRule({ hunt, found }: InterleavingsEvent): [OracleName, string] | undefined {
  if (found === undefined) return undefined
  const { check, message, seed } = found
  return [
    RULES[check] ?? 'no-new-kernel-warning',
    `${check}: ${message} (interleaved: ${hunt}, seed ${seed})`,
  ]
}
