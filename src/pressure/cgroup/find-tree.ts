/** Finds the memory controller's hierarchy and whether this user may make cgroups in it. */
import { errnoName, ERRNO } from '../../backend/errno.js'
import type { Board } from '../../board/board.js'
import { readOrThrow } from '../../observe/read.js'
import type { CgroupTree } from './cgroup.js'
import { createTreeV1 } from './cgroup-v1.js'
import { createTreeV2 } from './cgroup-v2.js'

/** A tree to make cgroups in, or the reason why there is none. */
export type FoundTree = { readonly tree: CgroupTree } | { readonly reason: string }

/** `ownName` is what this run's cgroup will be called: the try makes it and takes it away again. */
export async function findCgroupTree(board: Board, ownName: string): Promise<FoundTree> {
  const mounts = (await readOrThrow(board.files, '/proc/mounts')).split('\n').map((line) => line.split(' '))
  const v1 = mounts.find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes('memory'))
  if (v1?.[1] !== undefined) return tryOut(board, createTreeV1(board, v1[1]), ownName)
  const v2 = mounts.find(([, , type]) => type === 'cgroup2')
  if (v2?.[1] === undefined) return { reason: 'no cgroup file system with the memory controller is mounted' }
  const enabled = await readOrThrow(board.files, `${v2[1]}/cgroup.subtree_control`)
  if (!enabled.split(/\s+/).includes('memory')) {
    return {
      reason: `the memory controller is off below the root: echo +memory > ${v2[1]}/cgroup.subtree_control`,
    }
  }
  return tryOut(board, createTreeV2(board, v2[1]), ownName)
}

async function tryOut(board: Board, tree: CgroupTree, name: string): Promise<FoundTree> {
  const path = `${tree.root}/${name}`
  const made = await board.files.makeDirectory(path)
  if (made < 0 && made !== -ERRNO.EEXIST) {
    return { reason: `cannot make a cgroup in ${tree.root} (${errnoName(-made)}): run as root` }
  }
  if (made === 0) await board.files.removeDirectory(path)
  return { tree }
}
