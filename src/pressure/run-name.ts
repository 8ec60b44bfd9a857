/**
 * What a run calls the things that it makes on the machine: `gemrig-<pid>-<start time>`. The name tells the next start
 * whether their maker is gone, and that they are ours.
 */
import type { Board } from '../board/board.js'
import { readOrThrow } from '../observe/read.js'

const RUN_NAME = /^gemrig-(\d+)-(\d+)$/
/** Field 22 of /proc/PID/stat, counted after the command's closing bracket: man 5 proc_pid_stat. */
const START_TIME_FIELD = 19

export async function ownRunName(board: Pick<Board, 'files'>): Promise<string> {
  const stat = await readOrThrow(board.files, '/proc/self/stat')
  return `gemrig-${stat.split(' ', 1)[0] ?? ''}-${parseStartTime(stat) ?? ''}`
}

/** The name is of our making, and no process with its pid started at its time. */
export async function isMakerGone(board: Pick<Board, 'files'>, name: string): Promise<boolean> {
  const [, pid, start] = RUN_NAME.exec(name) ?? []
  if (pid === undefined) return false
  const stat = await board.files.read(`/proc/${pid}/stat`)
  return typeof stat === 'number' || parseStartTime(stat) !== start
}

function parseStartTime(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD]
}
