/** The virtual boards that there are. To add one, write its file and list it here. */
import { VmError } from '../vm-error.js'
import { RK3288 } from './rk3288.js'
import { RK3399 } from './rk3399.js'
import { RK3568 } from './rk3568.js'
import { RK3588 } from './rk3588.js'
import type { VirtualBoard } from './virtual-board.js'

export const VIRTUAL_BOARDS: readonly VirtualBoard[] = [RK3399, RK3288, RK3568, RK3588]

/** Its name. */
export const DEFAULT_BOARD = RK3399.name

/** The board of that name. VmError `unknown-board` names those that exist. */
export function findVirtualBoard(name: string): VirtualBoard {
  const board = VIRTUAL_BOARDS.find((candidate) => candidate.name === name)
  if (board !== undefined) return board
  const names = VIRTUAL_BOARDS.map((candidate) => `${candidate.name} (${candidate.summary})`).join(', ')
  throw new VmError('unknown-board', `there is no virtual board '${name}'; there is: ${names}`)
}
