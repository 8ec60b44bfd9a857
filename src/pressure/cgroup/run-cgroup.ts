/**
 * This run's own cgroup, and the end of those that earlier runs left behind.
 *
 * Its name (run-name.ts) tells who made it. After kill -9 nobody removes it, so the next run looks for
 * cgroups whose maker is gone, kills what is left in them and removes them. No other cgroup is ever touched.
 */
import type { Board } from '../../board/board.js'
import { KernelFileError } from '../../observe/read.js'
import { isMakerGone, ownRunName } from '../run-name.js'
import type { Cgroup, CgroupTree } from './cgroup.js'
import { findCgroupTree } from './find-tree.js'

export interface RunCgroup {
  readonly tree: CgroupTree
  readonly run: Cgroup
  /** The actors live here; hogs get a cgroup beside it. */
  readonly workload: Cgroup
  /** Removes all of it; its processes must have ended. Throws KernelFileError. */
  remove(): Promise<void>
}

/** Makes it, or says why it cannot be made. */
export async function createRunCgroup(board: Board): Promise<RunCgroup | { readonly reason: string }> {
  const name = await ownRunName(board)
  const found = await findCgroupTree(board, name)
  if ('reason' in found) return found
  const { tree } = found
  await removeLeftovers(board, tree)
  const run = await tree.create(name)
  const remove = async () => {
    await removeBelow(board, run)
    await run.remove()
    await found.release?.()
  }
  try {
    return { tree, run, workload: await run.child('workload'), remove }
  } catch (error) {
    await remove()
    throw error
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
    if (!(await isMakerGone(board, name))) continue
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
