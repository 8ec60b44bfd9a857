/**
 * Pressure sources `node-reclaim` and `node-reclaim-gated`: /sys/devices/system/node/nodeN/reclaim (Linux 7.2, mm/vmscan.c,
 * reclaim_store; ABI of June 2025).
 *
 * The kernel reclaims from the node, with every shrinker, but only while more than vm.min_unmapped_ratio of it is
 * unmapped page cache or more than vm.min_slab_ratio is reclaimable slab (__node_reclaim). `node-reclaim` opens both gates
 * for the time, and puts them back. EAGAIN does not mean that nothing was freed.
 */
import { ERRNO } from '../backend/errno.js'
import { paceWrites } from './paced-writes.js'
import { DISRUPTIVE_REFUSAL, type PressureScene, type PressureSource } from './pressure-source.js'

const MIB = 1024 * 1024
const NODES = '/sys/devices/system/node'
const GATES = ['/proc/sys/vm/min_unmapped_ratio', '/proc/sys/vm/min_slab_ratio'] as const
const AMOUNTS_BYTES = [8 * MIB, 64 * MIB, 512 * MIB] as const
const WRITES = 6

async function reclaimFiles({ board: { files } }: PressureScene): Promise<string[]> {
  const names = await files.list(NODES)
  if (typeof names === 'number') return []
  const paths: string[] = []
  for (const name of names.filter((each) => /^node\d+$/.test(each))) {
    const entries = await files.list(`${NODES}/${name}`)
    if (typeof entries !== 'number' && entries.includes('reclaim')) paths.push(`${NODES}/${name}/reclaim`)
  }
  return paths
}

async function reclaim(scene: PressureScene, durationMs: number): Promise<void> {
  const paths = await reclaimFiles(scene)
  const pace = { writes: WRITES, durationMs }
  await paceWrites(scene, pace, async (index, write) => {
    const bytes = AMOUNTS_BYTES[index % AMOUNTS_BYTES.length] ?? AMOUNTS_BYTES[0]
    for (const path of paths) scene.note('reclaim', { bytes, result: await write(path, String(bytes)) })
  })
}

async function unavailable(scene: PressureScene): Promise<string | undefined> {
  if (!scene.allowDisruptive) return DISRUPTIVE_REFUSAL
  const [path] = await reclaimFiles(scene)
  if (path === undefined) return `${NODES}/node*/reclaim is not there: Linux 7.2 or newer has it`
  // An empty text asks for nothing: EINVAL tells that it may be written.
  const result = await scene.board.files.write(path, '\n')
  return result === -ERRNO.EACCES || result === -ERRNO.EPERM ? `only root may write ${path}` : undefined
}

export const nodeReclaim: PressureSource = {
  name: 'node-reclaim',
  title: 'node reclaim, gates open',
  danger: 'the machine: a part of its page cache',
  explanation:
    'nodeN/reclaim with vm.min_unmapped_ratio and vm.min_slab_ratio at 0 for the time: every shrinker',
  unavailable,
  async apply(scene, durationMs) {
    try {
      for (const gate of GATES) scene.note('gate', { gate, result: await scene.undo.set(gate, '0') })
      await reclaim(scene, durationMs)
    } finally {
      await scene.undo.restore()
    }
    return { hogsKilled: 0 }
  },
}

export const nodeReclaimGated: PressureSource = {
  name: 'node-reclaim-gated',
  title: 'node reclaim',
  danger: 'the machine: a part of its page cache',
  explanation: 'nodeN/reclaim as the machine is set up: does nothing while its gates are closed',
  unavailable,
  async apply(scene, durationMs) {
    await reclaim(scene, durationMs)
    return { hogsKilled: 0 }
  },
}
