/**
 * Pressure sources `drop-caches` and `page-cache-drop`: /proc/sys/vm/drop_caches (fs/drop_caches.c).
 *
 * 2 runs every shrinker at priority 0, on all nodes and in all cgroups: everything idle that can be purged goes. 1 drops
 * clean page cache and calls no shrinker at all: what happens meanwhile has another cause.
 */
import { ERRNO } from '../backend/errno.js'
import { paceWrites } from './paced-writes.js'
import { DISRUPTIVE_REFUSAL, type PressureScene, type PressureSource } from './pressure-source.js'

const PATH = '/proc/sys/vm/drop_caches'
const WRITES = 4

function drop(scene: PressureScene, what: '1' | '2', durationMs: number): Promise<void> {
  const pace = { writes: WRITES, durationMs }
  return paceWrites(scene, pace, async (_index, write) =>
    scene.note('drop', { what, result: await write(PATH, what) }),
  )
}

async function unavailable(scene: PressureScene): Promise<string | undefined> {
  if (!scene.allowDisruptive) return DISRUPTIVE_REFUSAL
  // An empty text changes nothing: EACCES tells that it may not be written.
  const result = await scene.board.files.write(PATH, '\n')
  if (result === -ERRNO.ENOENT) return `there is no ${PATH}: this kernel was built without CONFIG_PROC_SYSCTL`
  return result === -ERRNO.EACCES || result === -ERRNO.EPERM
    ? 'only root may write vm.drop_caches'
    : undefined
}

export const dropCaches: PressureSource = {
  name: 'drop-caches',
  title: 'drop_caches=2',
  danger: 'the machine: its dentries, inodes',
  explanation: 'vm.drop_caches = 2: every shrinker of the machine at the highest priority',
  unavailable,
  async apply(scene, durationMs) {
    await drop(scene, '2', durationMs)
    return { hogsKilled: 0 }
  },
}

export const pageCacheDrop: PressureSource = {
  name: 'page-cache-drop',
  title: 'drop_caches=1',
  danger: 'the machine: its page cache',
  explanation: 'vm.drop_caches = 1: clean page cache only, no shrinker: nothing must be purged',
  unavailable,
  async apply(scene, durationMs) {
    await drop(scene, '1', durationMs)
    return { hogsKilled: 0 }
  },
}
