/** What the kernel does not come back from: a write, or the end of a process. */
import type { Clock } from '../board/clock.js'
import { withDeadline } from './deadline.js'

/** Half of the kernel's own hung_task_timeout_secs, and long enough for an emulated machine at its watermark. */
export const HANG_DEADLINE_MS = 60_000

export interface Hang {
  /** For people: `the write to /proc/sys/vm/drop_caches`. */
  readonly what: string
  /** The process that hangs; absent when it is a thread of the harness's own. */
  readonly pid?: number
  /** For how long it was waited for. */
  readonly silentMs: number
}

/** Who waits, and whom it tells. */
export interface HangScene {
  readonly board: { readonly clock: Clock }
  /** What is waited for so long hangs. A minute unless told. */
  readonly hangDeadlineMs?: number
  /** Called with what hangs: the run is over, and no more may be asked of the kernel than what cleans up. */
  hang(hang: Hang): Promise<void>
}

/**
 * Resolves with the value; or with 'late' when it hangs, which is told, or as soon as `signal` is aborted. A clean-up has no
 * signal.
 */
export async function untilHang<T>(
  scene: HangScene,
  {
    deadlineMs = scene.hangDeadlineMs ?? HANG_DEADLINE_MS,
    signal,
    ...who
  }: Omit<Hang, 'silentMs'> & {
    readonly deadlineMs?: number
    readonly signal?: AbortSignal
  },
  work: Promise<T>,
): Promise<T | 'late'> {
  const { clock } = scene.board
  const begin = clock.nowUs()
  const result = await withDeadline(clock, deadlineMs, work, signal)
  if (result === 'late' && signal?.aborted !== true)
    await scene.hang({ ...who, silentMs: Math.round((clock.nowUs() - begin) / 1000) })
  return result
}

/** `the hog (pid 17) did not come back for 60 s`. */
export function hangText({ what, pid, silentMs }: Hang): string {
  return `${what}${pid === undefined ? '' : ` (pid ${pid})`} did not come back for ${Math.round(silentMs / 1000)} s`
}
