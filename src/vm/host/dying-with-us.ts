/** Makes a program die with this process, however this process ends: PR_SET_PDEATHSIG of prctl(2), by setpriv(1). */
import { findProgram } from './programs.js'

/** The command line for it. Without setpriv it is the same program, unprotected. */
export function dyingWithUs(command: readonly string[]): string[] {
  const setpriv = findProgram('setpriv')
  return setpriv === undefined ? [...command] : [setpriv, '--pdeathsig', 'KILL', '--', ...command]
}
