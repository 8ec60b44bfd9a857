/** Finds the memory controller's hierarchy, and where in it this user may make cgroups: below its root, or in a delegated one. */
import { errnoName, ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import type { Board } from '../../board/board.js'
import { readOrThrow } from '../../observe/read.js'
import type { CgroupTree } from './cgroup.js'
import { createTreeV1 } from './cgroup-v1.js'
import { createTreeV2 } from './cgroup-v2.js'
import { openDelegated } from './delegated.js'

/** A tree to make cgroups in, and how to leave it; or the reason why there is none. */
export type FoundTree = { readonly tree: CgroupTree; release?(): Promise<void> } | { readonly reason: string }

/** `ownName` is what this run's cgroup will be called: the try makes it and takes it away again. */
export async function findCgroupTree(board: Board, ownName: string): Promise<FoundTree> {
  const mounts = (await readOrThrow(board.files, '/proc/mounts')).split('\n').map((line) => line.split(' '))
  const v1 = mounts.find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes('memory'))
  if (v1?.[1] !== undefined) {
    const refused = await tryOut(board, v1[1], ownName)
    return refused === undefined ? { tree: createTreeV1(board, v1[1]) } : { reason: reasonOf(v1[1], refused) }
  }
  const v2 = mounts.find(([, , type]) => type === 'cgroup2')
  if (v2?.[1] === undefined) return { reason: 'no cgroup file system with the memory controller is mounted' }
  const enabled = await readOrThrow(board.files, `${v2[1]}/cgroup.subtree_control`)
  if (!enabled.split(/\s+/).includes('memory')) {
    return {
      reason: `the memory controller is off below the root: echo +memory > ${v2[1]}/cgroup.subtree_control`,
    }
  }
  const refused = await tryOut(board, v2[1], ownName)
  if (refused === undefined) return { tree: createTreeV2(board, v2[1]) }
  if (refused === -ERRNO.EACCES || refused === -ERRNO.EPERM) return openDelegated(board, v2[1])
  return { reason: reasonOf(v2[1], refused) }
}

/** What the kernel says to a cgroup below the root; undefined when it can be made. */
async function tryOut({ files }: Board, root: string, name: string): Promise<NegativeErrno | undefined> {
  const path = `${root}/${name}`
  const made = await files.makeDirectory(path)
  if (made < 0) return made === -ERRNO.EEXIST ? undefined : made
  await files.removeDirectory(path)
  return undefined
}

function reasonOf(root: string, refused: NegativeErrno): string {
  return `cannot make a cgroup in ${root} (${errnoName(-refused)}): run as root`
}
