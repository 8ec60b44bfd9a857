/** Writes to a file of the kernel that makes it reclaim, spread over the time of a phase, each with a deadline. */
import { errnoName } from '../backend/errno.js'
import { withDeadline } from './deadline.js'
import type { PressureScene } from './pressure-source.js'

interface PacedWrites {
  readonly writes: number
  /** As many as are made however slow the machine is; the others only while there is time. All unless said otherwise. */
  readonly leastWrites?: number
  readonly deadlineMs: number
  readonly durationMs: number
}

/**
 * Calls `step` for each write; it ends early when the run does. `step` writes with the function that it gets, which
 * resolves with `0`, an errno's name, or `late`: for the journal.
 */
export async function paceWrites(
  { board: { clock, files }, signal }: PressureScene,
  { writes, leastWrites = writes, deadlineMs, durationMs }: PacedWrites,
  step: (index: number, write: (path: string, text: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  const write = async (path: string, text: string) => {
    const result = await withDeadline(clock, deadlineMs, files.write(path, text), signal)
    return result === 'late' || result === 0 ? String(result) : errnoName(-result)
  }
  const begin = clock.nowUs()
  const elapsedMs = () => (clock.nowUs() - begin) / 1000
  for (let index = 0; index < writes && !signal.aborted; index++) {
    if (elapsedMs() > durationMs && index >= leastWrites) break
    await step(index, write)
    await clock.sleep(Math.max(0, (durationMs * (index + 1)) / writes - elapsedMs()), signal)
  }
}
