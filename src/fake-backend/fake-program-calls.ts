/**
 * Programs of operations: the simulated kernel has no threads that run beside JavaScript, so that it refuses them
 * (ENOSYS) rather than run something else under their name.
 */
import { ERRNO } from '../backend/errno.js'
import type { ProgramCalls } from '../backend/program-calls.js'

export function fakeProgramCalls(): ProgramCalls {
  return { run: () => ({ result: Promise.resolve(-ERRNO.ENOSYS), stop: () => undefined }) }
}
