/** Whether pressure on the whole machine is allowed here. */
import type { Board } from '../board/board.js'

/** Root makes this file on a machine that is there for tests alone. What is in it does not matter. */
export const DEDICATED_FILE = '/etc/gemrig/dedicated'

/** Of a machine that may not be disrupted, and what to do about it: the end of a sentence. */
export const IN_USE = `which is in use: say --allow-disruptive if it is yours to disturb, or make the file ${DEDICATED_FILE}`

/** The board is ours alone, the user said so, or the machine's owner did. */
export async function mayDisrupt(board: Board, isAllowed: boolean | undefined): Promise<boolean> {
  if (board.expendable || isAllowed === true) return true
  return typeof (await board.files.read(DEDICATED_FILE)) === 'string'
}
