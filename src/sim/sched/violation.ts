/** A promise that the simulated kernel broke, and who noticed. */

/** Which check found it, named after the kernel's own where it has one. */
export const CHECKS = [
  'use-after-free',
  'list-corruption',
  'deadlock',
  'lock-order',
  'lock-balance',
  'sleep-in-atomic',
  'refcount',
  'kernel-warning',
  'kernel-bug',
  'invariant',
  'purged-in-use',
  'content-lost',
  'hang',
] as const
export type Check = (typeof CHECKS)[number]

export class KernelViolation extends Error {
  override readonly name = 'KernelViolation'
  readonly check: Check

  constructor(check: Check, message: string) {
    super(message)
    this.check = check
  }
}

/** WARN_ON() of something that cannot be: unlike a warning that is printed and forgotten, it stops the machine here. */
export function warnOn(condition: boolean, what: string, about: { readonly label: string }): void {
  if (condition) throw new KernelViolation('kernel-warning', `WARNING: ${what}, ${about.label}`)
}
