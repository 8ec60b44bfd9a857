/**
 * The end of what runs left on the machine that were killed. Two things end elsewhere, where the same is made anew: cgroups in
 * createRunCgroup(), changed settings in Undo.begin().
 */
import type { Board } from '../board/board.js'
import { removeZramLeftovers } from '../pressure/zram-swap.js'
import { removeTraceLeftovers } from './shrinker-trace.js'

/** What cannot be removed stays for the next start. */
export async function removeLeftovers(board: Board): Promise<void> {
  await removeZramLeftovers(board)
  await removeTraceLeftovers(board)
}
