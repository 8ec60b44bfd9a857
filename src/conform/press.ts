/** Pressure for rows: the cells of a probe (src/probe), each with a process and a cgroup of its own. */
import { ERRNO } from '../backend/errno.js'
import type { Board } from '../board/board.js'
import { findCgroupTree } from '../pressure/cgroup/find-tree.js'
import { ownRunName } from '../pressure/run-name.js'
import { probe } from '../probe/run-probe.js'
import type { Place, Pressed } from './place.js'
import type { Need } from './row.js'

const BUFFERS = 16
const BUFFER_BYTES = 256 * 1024
const DURATION_MS = 1000

const ROOT_RECLAIM = '/sys/fs/cgroup/memory.reclaim'
const NODE_RECLAIM = '/sys/devices/system/node/node0/reclaim'

export async function probePressure(board: Board, lacks: Map<Need, string>): Promise<void> {
  const taken = lacks.get('purge')
  if (taken !== undefined) {
    for (const need of ['cgroup', 'root-reclaim', 'node-reclaim'] as const) lacks.set(need, taken)
    return
  }
  const tree = await findCgroupTree(board, await ownRunName(board))
  if ('reason' in tree) lacks.set('cgroup', tree.reason)
  // An empty text asks for nothing.
  for (const [need, path] of [
    ['root-reclaim', ROOT_RECLAIM],
    ['node-reclaim', NODE_RECLAIM],
  ] as const)
    if ((await board.files.write(path, '\n')) === -ERRNO.ENOENT) lacks.set(need, `there is no ${path}`)
}

export function pressOn(board: Board, allowDisruptive: boolean): Place['press'] {
  return async (source, driver) => {
    const plan = { pressure: [source], durationMs: DURATION_MS, buffers: BUFFERS, bufferBytes: BUFFER_BYTES }
    const { cells } = await probe(board, { plan, driver, allowDisruptive, emit: () => undefined })
    const [cell] = cells
    if (cell === undefined) return { wrong: 'nothing was probed' }
    if ('refused' in cell) return { wrong: cell.refused }
    if (cell.targetKilled || cell.broken.length > 0)
      return { wrong: cell.broken.join(', ') || 'it was killed' }
    return amount(cell.reclaimed, cell.given)
  }
}

function amount(reclaimed: number | undefined, given: number): Pressed {
  if (reclaimed === undefined) return { wrong: 'the driver does not tell what is resident' }
  if (reclaimed === 0) return 'nothing'
  return reclaimed === given ? 'all' : `${reclaimed} of ${given}`
}
