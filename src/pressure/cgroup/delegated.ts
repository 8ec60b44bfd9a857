/**
 * A cgroup that was delegated to this user: Documentation/admin-guide/cgroup-v2.rst, "Delegation" and "No Internal Process
 * Constraint" (6.12). systemd makes one with `systemd-run --user --scope -p Delegate=yes COMMAND`.
 *
 * What runs in it goes into a leaf for the time, as a cgroup whose children have the memory controller holds no processes. So
 * nobody else may live there: in the scope of a terminal or a session, whose cgroup is the user's as well, that would be the
 * shell and all that was started from it.
 */
import { posix } from 'node:path'
import { errnoName, ERRNO } from '../../backend/errno.js'
import type { Board } from '../../board/board.js'
import type { CgroupTree } from './cgroup.js'
import { createTreeV2 } from './cgroup-v2.js'

/** The leaf. A run that was killed leaves it, with whoever still lives there; the next run is started in it. */
const LEAF = 'gemrig-main'
const ADVICE =
  'run as root, or in a cgroup that is delegated to this user: systemd-run --user --scope -p Delegate=yes gemrig ...'

export interface Delegated {
  readonly tree: CgroupTree
  /** Puts everybody back where they were. */
  release(): Promise<void>
}

/** `mount`: of the cgroup file system. */
export async function openDelegated(board: Board, mount: string): Promise<Delegated | { reason: string }> {
  const { files } = board
  const home = await homeOf(board)
  if (home === undefined) return { reason: `cannot make a cgroup in ${mount}: ${ADVICE}` }
  const path = posix.join(mount, home)
  const stranger = await findStranger(board, path)
  if (stranger !== undefined)
    return {
      reason: `cannot make a cgroup in ${mount}, and ${path} is not ours alone (process ${stranger}): ${ADVICE}`,
    }
  const leaf = `${path}/${LEAF}`
  const made = await files.makeDirectory(leaf)
  if (made < 0 && made !== -ERRNO.EEXIST)
    return { reason: `cannot make a cgroup in ${mount}, nor in ${path} (${errnoName(-made)}): ${ADVICE}` }
  const release = async () => {
    // Refused while another run has cgroups here: the leaf is its, too.
    if ((await files.write(`${path}/cgroup.subtree_control`, '-memory')) < 0) return
    await moveAll(board, leaf, path)
    await files.removeDirectory(leaf)
  }
  await moveAll(board, path, leaf)
  const enabled = await files.write(`${path}/cgroup.subtree_control`, '+memory')
  if (enabled < 0) {
    await release()
    return { reason: `the memory controller is not delegated to ${path} (${errnoName(-enabled)}): ${ADVICE}` }
  }
  return { tree: createTreeV2(board, path, mount), release }
}

/** Where this process is, or was before a run put it into the leaf. Undefined for the root: that is nobody's to delegate. */
async function homeOf({ files }: Board): Promise<string | undefined> {
  const text = await files.read('/proc/self/cgroup')
  const own = typeof text === 'string' ? /^0::(\/.*)$/m.exec(text)?.[1] : undefined
  const home = own !== undefined && posix.basename(own) === LEAF ? posix.dirname(own) : own
  return home === '/' ? undefined : home
}

/**
 * A process there that was not started for this run: it neither is this process, nor comes from it, nor led to it as `npx`
 * does. A shell that leads the session of a terminal is the user's. Undefined when there is none.
 */
async function findStranger({ files }: Board, path: string): Promise<string | undefined> {
  const text = await files.read(`${path}/cgroup.procs`)
  if (typeof text !== 'string') return undefined
  const own = await readKin(files, 'self')
  const above: string[] = []
  for (let kin = own; kin !== undefined; kin = await readKin(files, kin.parent)) {
    if (!kin.leadsTerminal || kin === own) above.push(kin.pid)
  }
  for (const pid of text.split('\n').filter((line) => line !== '')) {
    let isOurs = above.includes(pid)
    for (
      let kin = await readKin(files, pid);
      kin !== undefined && !isOurs;
      kin = await readKin(files, kin.parent)
    )
      isOurs = kin.parent === own?.pid
    if (!isOurs) return pid
  }
  return undefined
}

interface Kin {
  readonly pid: string
  readonly parent: string
  /** It leads the session of a terminal. */
  readonly leadsTerminal: boolean
}

/** /proc/PID/stat: man 5 proc_pid_stat. Undefined for a process that is gone, of another pid namespace, or no process: 0. */
async function readKin(files: Board['files'], pid: string): Promise<Kin | undefined> {
  const stat = await files.read(`/proc/${pid}/stat`)
  if (typeof stat !== 'string') return undefined
  const [, parent = '', , session, terminal] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = stat.slice(0, stat.indexOf(' '))
  return { pid: own, parent, leadsTerminal: session === own && terminal !== '0' }
}

/** Who cannot be moved stays, and the controller is refused then. */
async function moveAll({ files }: Board, from: string, to: string): Promise<void> {
  const text = await files.read(`${from}/cgroup.procs`)
  if (typeof text !== 'string') return
  for (const pid of text.split('\n').filter((line) => Number(line) > 0))
    await files.write(`${to}/cgroup.procs`, pid)
}
