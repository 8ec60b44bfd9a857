/** Whether pressure on the whole machine is allowed here. */
import type { Board } from '../board/board.js'

/** Root makes this file on a machine that is there for tests alone. What is in it does not matter. */
export const DEDICATED_FILE = '/etc/gemrig/dedicated'

/** The board is ours alone, the user said so, or the machine's owner did. */
export async function mayDisrupt(board: Board, isAllowed: boolean | undefined): Promise<boolean> {
  if (board.expendable || isAllowed === true) return true
  return typeof (await board.files.read(DEDICATED_FILE)) === 'string'
}
