/** Writes to a file of the kernel that makes it reclaim, spread over the time of a phase; the first that hangs is the last. */
import { errnoName } from '../backend/errno.js'
import { untilHang } from './hang.js'
import type { PressureScene } from './pressure-source.js'

interface PacedWrites {
  readonly writes: number
  /** As many as are made however slow the machine is; the others only while there is time. All unless said otherwise. */
  readonly leastWrites?: number
  readonly durationMs: number
}

/**
 * Calls `step` for each write; it ends early when the run does. `step` writes with the function that it gets, which
 * resolves with `0`, an errno's name, or `late`: for the journal. A write that hangs keeps one of the few threads that all
 * file work of the process shares, so nothing is written any more once the run is over.
 */
export async function paceWrites(
  scene: PressureScene,
  { writes, leastWrites = writes, durationMs }: PacedWrites,
  step: (index: number, write: (path: string, text: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  const { signal } = scene
  const { clock } = scene.board
  const begin = clock.nowUs()
  const elapsedMs = () => (clock.nowUs() - begin) / 1000
  for (let index = 0; index < writes && !signal.aborted; index++) {
    if (elapsedMs() > durationMs && index >= leastWrites) break
    await step(index, (path, text) => writeUntilHang(scene, path, text))
    await clock.sleep(Math.max(0, (durationMs * (index + 1)) / writes - elapsedMs()), signal)
  }
}

/** `0`, an errno's name, or `late`: it hangs, or the run is over. */
export async function writeUntilHang(scene: PressureScene, path: string, text: string): Promise<string> {
  const { signal } = scene
  if (signal.aborted) return 'late'
  const what = `the write to ${path}`
  const result = await untilHang(scene, { what, signal }, scene.board.files.write(path, text))
  return result === 'late' || result === 0 ? String(result) : errnoName(-result)
}
