/** The device nodes that programs run on, or why they may not run here. */
import { errnoName } from '../backend/errno.js'
import type { Board } from '../board/board.js'
import { IN_USE, mayDisrupt } from '../pressure/dedicated.js'
import { findNodes, type DeviceNodes } from './call-machine.js'

/** `allowDisruptive`: the machine's caches may be dropped although it is in use. */
export async function usableNodes(board: Board, allowDisruptive?: boolean): Promise<DeviceNodes | string> {
  const listed = board.backend.drm.listNodes()
  if (typeof listed === 'number') return `no DRM devices can be listed (${errnoName(-listed)})`
  const nodes = findNodes(board.backend)
  if (nodes === undefined) return 'there is no panfrost or panthor device that this user may open'
  if (!(await mayDisrupt(board, allowDisruptive)))
    return `its programs drop the caches of the machine, ${IN_USE}`
  return nodes
}
