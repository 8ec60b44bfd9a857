/** How long a source presses: its time is filled with rounds, as a source ends early when its hog is killed. */
import type { PressureResult, PressureScene, PressureSource } from '../pressure/pressure-source.js'

/** A round takes about so long: a phase of hours asks the kernel as often in an hour as one of minutes. */
const ROUND_MS = 120_000
/** No round begins sooner after the one before, nor with less time left: a short phase is one round. */
const LEAST_ROUND_MS = 30_000

/** Ends early when the run does, or with too little time left for another round. */
export async function press(
  source: Pick<PressureSource, 'apply'>,
  scene: PressureScene,
  durationMs: number,
): Promise<PressureResult> {
  const { clock } = scene.board
  const end = clock.nowUs() + durationMs * 1000
  let hogsKilled = 0
  for (let begin = clock.nowUs(), leftMs = durationMs; !scene.signal.aborted; begin = clock.nowUs()) {
    const rounds = Math.max(1, Math.round(leftMs / ROUND_MS))
    hogsKilled += (await source.apply(scene, leftMs / rounds)).hogsKilled
    const pauseMs = Math.max(0, LEAST_ROUND_MS - (clock.nowUs() - begin) / 1000)
    leftMs = (end - clock.nowUs()) / 1000 - pauseMs
    if (leftMs < LEAST_ROUND_MS) break
    await clock.sleep(pauseMs, scene.signal)
  }
  return { hogsKilled }
}
