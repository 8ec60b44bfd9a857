/** The programs of this machine that a virtual board needs, and the Debian packages that bring them. */
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { VmError } from '../vm-error.js'

export interface HostProgram {
  /** A name to be found in the PATH, or the full path of a file that need not be a program. */
  readonly name: string
  readonly debianPackage: string
}

/** depmod, mke2fs and others live here, and a user's PATH often lacks it. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin']

/** Full path of a program, or undefined. */
export function findProgram(name: string): string | undefined {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...SYSTEM_FOLDERS,
  ]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Each once. */
export function missingPrograms(programs: Iterable<HostProgram>): HostProgram[] {
  const missing = new Map<string, HostProgram>()
  for (const program of programs)
    if (findProgram(program.name) === undefined) missing.set(program.name, program)
  return [...missing.values()]
}

/** VmError `missing-host-part` that names ALL that are missing, and the one command that brings them. */
export function requirePrograms(programs: Iterable<HostProgram>): void {
  const all = missingPrograms(programs)
  if (all.length === 0) return
  const packages = [...new Set(all.map((program) => program.debianPackage))].sort()
  const list = all.map((program) => `${program.name} (Debian package ${program.debianPackage})`).join(', ')
  throw new VmError('missing-host-part', `this machine lacks ${list}`, {
    advice: `sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
  })
}
