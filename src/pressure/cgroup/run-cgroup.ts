/**
 * This run's own cgroup, and the end of those that earlier runs left behind.
 *
 * The name tells who made it: `gemrig-<pid>-<start time>`. After kill -9 nobody removes it, so the next run looks for
 * cgroups whose maker is gone, kills what is left in them and removes them. No other cgroup is ever touched.
 */
import type { Board } from '../../board/board.js'
import { KernelFileError, readOrThrow } from '../../observe/read.js'
import type { Cgroup, CgroupTree } from './cgroup.js'
import { findCgroupTree } from './find-tree.js'

const OWN_NAME = /^gemrig-(\d+)-(\d+)$/
/** Field 22 of /proc/PID/stat, counted after the command's closing bracket: man 5 proc_pid_stat. */
const START_TIME_FIELD = 19

export interface RunCgroup {
  readonly tree: CgroupTree
  readonly run: Cgroup
  /** The actors live here; hogs get a cgroup beside it. */
  readonly workload: Cgroup
  /** Removes all of it; its processes must have ended. */
  remove(): Promise<void>
}

/** Makes it, or says why it cannot be made. */
export async function createRunCgroup(board: Board): Promise<RunCgroup | { readonly reason: string }> {
  const name = await ownName(board)
  const found = await findCgroupTree(board, name)
  if ('reason' in found) return found
  const { tree } = found
  await removeLeftovers(board, tree)
  const run = await tree.create(name)
  const workload = await run.child('workload')
  return {
    tree,
    run,
    workload,
    async remove() {
      await removeBelow(board, run)
      await run.remove()
    },
  }
}

/**
 * Removes the cgroups of runs whose maker is gone. Returns their names. One that cannot be removed stays, and is no
 * reason not to run: its maker may live in another pid namespace.
 */
export async function removeLeftovers(board: Board, tree: CgroupTree): Promise<readonly string[]> {
  const names = await board.files.list(tree.root)
  if (typeof names === 'number') return []
  const removed: string[] = []
  for (const name of names) {
    const [, pid, start] = OWN_NAME.exec(name) ?? []
    if (pid === undefined || (await startTime(board, pid)) === start) continue
    const cgroup = tree.open(name)
    try {
      await removeBelow(board, cgroup)
      await cgroup.remove()
      removed.push(name)
    } catch (error) {
      if (!(error instanceof KernelFileError)) throw error
    }
  }
  return removed
}

/** Children first. Whoever still lives in them is ours, and is killed. */
async function removeBelow(board: Board, cgroup: Cgroup): Promise<void> {
  for (const name of ['workload', 'hog']) {
    const child = cgroup.openChild(name)
    if (typeof (await board.files.list(child.path)) === 'number') continue
    for (const pid of await child.processes()) board.kill(pid)
    await child.remove()
  }
}

async function ownName(board: Board): Promise<string> {
  const stat = await readOrThrow(board.files, '/proc/self/stat')
  return `gemrig-${stat.split(' ', 1)[0] ?? ''}-${parseStartTime(stat) ?? ''}`
}

async function startTime(board: Board, pid: string): Promise<string | undefined> {
  const stat = await board.files.read(`/proc/${pid}/stat`)
  return typeof stat === 'number' ? undefined : parseStartTime(stat)
}

function parseStartTime(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD]
}
