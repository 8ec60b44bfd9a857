/** Deadlines for steps inside the kernel that may take minutes, such as a write to memory.high. */
import type { Clock } from '../board/clock.js'

/** For a task to start: Node under emulation, with a machine at its watermark, took a minute on a 32-bit board. */
export const START_DEADLINE_MS = 180_000

/** Resolves with the value, or with 'late' when it takes longer (or `signal` is aborted first): it may then still end. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  signal?: AbortSignal,
): Promise<T | 'late'> {
  const end = new AbortController()
  const ends = signal === undefined ? end.signal : AbortSignal.any([signal, end.signal])
  try {
    return await Promise.race([work, clock.sleep(ms, ends).then(() => 'late' as const)])
  } finally {
    end.abort()
    // When it is late, nobody else will look at how it fails.
    work.catch(() => undefined)
  }
}
