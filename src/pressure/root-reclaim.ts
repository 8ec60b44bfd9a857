/**
 * Pressure source `root reclaim`: writes to memory.reclaim of the root cgroup (v2).
 *
 * With the root as its target the kernel reclaims from the whole machine and calls every shrinker, memcg-aware or not
 * (mm/vmscan.c, root_reclaim; mm/shrinker.c, shrink_slab). There is no hog and no OOM killer in it. EAGAIN means that
 * fewer page-cache and anonymous pages were freed than asked for; what shrinkers freed does not count.
 */
import { ERRNO } from '../backend/errno.js'
import { PANFROST_CREATE_BO_NO_PAGES } from '../observe/kernel-messages/panfrost.js'
import { paceWrites } from './paced-writes.js'
import {
  DISRUPTIVE_REFUSAL,
  type PressureResult,
  type PressureScene,
  type PressureSource,
} from './pressure-source.js'

const MIB = 1024 * 1024
/** Small amounts may be met by page cache before a shrinker's turn comes; large ones lower the scan priority. */
const AMOUNTS_BYTES = [8 * MIB, 32 * MIB, 128 * MIB] as const
/** With the multi-generational LRU one write may not come by the root's own shrinkers, so there are several. */
const WRITES = 12

async function apply(scene: PressureScene, durationMs: number): Promise<PressureResult> {
  const path = reclaimFile(scene)
  const pace = {
    writes: WRITES,
    leastWrites: AMOUNTS_BYTES.length,
    durationMs,
  }
  await paceWrites(scene, pace, async (index, write) => {
    const bytes = AMOUNTS_BYTES[index % AMOUNTS_BYTES.length] ?? AMOUNTS_BYTES[0]
    scene.note('reclaim', { bytes, result: await write(path, String(bytes)) })
  })
  return { hogsKilled: 0 }
}

function reclaimFile(scene: PressureScene): string {
  return 'tree' in scene.cgroups
    ? `${scene.cgroups.tree.mount}/memory.reclaim`
    : '/sys/fs/cgroup/memory.reclaim'
}

async function unavailable(scene: PressureScene): Promise<string | undefined> {
  if ('tree' in scene.cgroups && scene.cgroups.tree.version === 1) {
    return 'version 1 of cgroups has no memory.reclaim, and refuses memory.force_empty of its root'
  }
  if (!scene.allowDisruptive) return DISRUPTIVE_REFUSAL
  // An empty text asks for nothing: EINVAL tells that the file is there and may be written.
  const result = await scene.board.files.write(reclaimFile(scene), '\n')
  if (result === -ERRNO.ENOENT)
    return 'the root cgroup has no memory.reclaim (cgroup v2, Linux 5.19 or newer)'
  if (result === -ERRNO.EACCES || result === -ERRNO.EPERM) return 'only root may write memory.reclaim'
  return undefined
}

export const rootReclaim: PressureSource = {
  name: 'root-reclaim',
  title: 'root reclaim',
  danger: 'the machine: a little of its page cache',
  explanation: 'memory.reclaim of the root cgroup: runs every shrinker of the machine, without a hog',
  expectsOfRefusals: [PANFROST_CREATE_BO_NO_PAGES],
  unavailable,
  apply,
}
