/** A short heading for the board that a run was on. */
import type { Board } from '../board/board.js'

/** `6.12` */
export function kernelSeries(board: Board): string {
  return /Linux (\d+\.\d+)/.exec(board.description)?.[1] ?? '0.0'
}

export function titleOf(board: Board): string {
  const name = board.kind === 'virtual' ? /^virtual board (\S+)/.exec(board.description)?.[1] : undefined
  const fake = board.description.includes('Mali-G610') ? 'fake rk3588' : 'fake'
  const place = board.kind === 'fake' ? fake : (name ?? 'this machine')
  return `${place}, ${kernelSeries(board)}`
}
