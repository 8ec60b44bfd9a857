/** Says which group or rule would let this user open a device node. */
import { readFileSync, statSync } from 'node:fs'
import type { Backend } from '../backend/backend.js'
import { ERRNO } from '../backend/errno.js'

const GROUP_READ_WRITE = 0o060

/** One line of advice for a node that could not be opened; undefined when there is nothing to say. */
export function explainAccess(backend: Backend, path: string, result: number): string | undefined {
  if (result === -ERRNO.ENOENT) return 'there is no such node; `gemrig devices` lists those that exist'
  if (backend.kind !== 'native' || (result !== -ERRNO.EACCES && result !== -ERRNO.EPERM)) return undefined
  try {
    const { gid, mode } = statSync(path)
    const group = groupName(gid)
    if ((mode & GROUP_READ_WRITE) === GROUP_READ_WRITE && gid !== 0) {
      return `join the group ${group} (usermod -aG ${group} $USER, then log in again)`
    }
    return `its mode is 0${(mode & 0o777).toString(8)} ${group}: add a udev rule that gives it GROUP="render", MODE="0660"`
  } catch {
    return undefined
  }
}

function groupName(gid: number): string {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((text) => text.split(':'))
    .find((fields) => fields[2] === String(gid))
  return line?.[0] ?? String(gid)
}
