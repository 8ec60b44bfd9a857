/**
 * Pressure source `shrinker-debugfs`: calls the shrinkers of DRM drivers, and no others, each for exactly what it counts.
 * Drivers name theirs `drm-...` (panfrost_gem_shrinker.c, panthor_gem.c, msm_gem_shrinker.c, ttm_pool.c).
 */
import { untilHang } from './hang.js'
import { DISRUPTIVE_REFUSAL, type PressureScene, type PressureSource } from './pressure-source.js'
import { SHRINKERS, ShrinkerDebugfs } from './shrinker-debugfs.js'

const PREFIX = 'drm-'
/** For what works meanwhile to give away more. */
const PAUSE_MS = 200

/** One scan of each that has something. The kernel does not tell what was freed: the counts before and after do. */
async function scanAll(scene: PressureScene): Promise<void> {
  const { signal } = scene
  const { files } = scene.board
  for (const shrinker of await ShrinkerDebugfs.list(files, PREFIX)) {
    const before = await shrinker.count()
    if (before === 0) continue
    const what = `the scan of ${shrinker.directory}`
    const end = await untilHang(scene, { what, signal }, shrinker.scan(before))
    const after = end === 'late' ? 'no answer' : await shrinker.count()
    scene.note('scan', { shrinker: shrinker.directory, before, after })
    if (end === 'late') return
  }
}

export const shrinkerScan: PressureSource = {
  name: 'shrinker-debugfs',
  title: 'shrinker debugfs',
  danger: 'clients of those drivers',
  explanation: 'calls the shrinkers of DRM drivers alone, for exactly as many pages as they count',
  async unavailable({ allowDisruptive, board }) {
    if (!allowDisruptive) return DISRUPTIVE_REFUSAL
    if (typeof (await board.files.list(SHRINKERS)) === 'number')
      return `there is no ${SHRINKERS}: it needs root, debugfs and a kernel with CONFIG_SHRINKER_DEBUG (gemrig vm build-kernel makes one)`
    const found = await ShrinkerDebugfs.list(board.files, PREFIX)
    return found.length === 0 ? 'no DRM driver here has a shrinker' : undefined
  },
  async apply(scene, durationMs) {
    const { clock } = scene.board
    const endUs = clock.nowUs() + durationMs * 1000
    do {
      await scanAll(scene)
      const leftMs = Math.max(0, (endUs - clock.nowUs()) / 1000)
      await clock.sleep(Math.min(leftMs, PAUSE_MS), scene.signal)
    } while (clock.nowUs() < endUs && !scene.signal.aborted)
    return { hogsKilled: 0 }
  },
}
