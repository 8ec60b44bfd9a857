/**
 * Pressure source `driver-debugfs`: the files through which drivers let their own shrinker be called: `shrink` of
 * Panthor (7.2, panthor_gem.c) and msm (msm_debugfs.c) takes a number of pages, `i915_gem_drop_caches` of i915
 * (i915_debugfs.c) a mask. Panfrost has none.
 */
import { writeUntilHang } from './paced-writes.js'
import { DISRUPTIVE_REFUSAL, type PressureScene, type PressureSource } from './pressure-source.js'

const DRI = '/sys/kernel/debug/dri'
const ALL_PAGES = '1000000'
/** DROP_BOUND | DROP_UNBOUND | DROP_SHRINK_ALL of i915_debugfs.c: no waiting for the GPU and no reset. */
const DROP_SHRINK = '0x23'
const TEXT_OF: Readonly<Record<string, string>> = { shrink: ALL_PAGES, i915_gem_drop_caches: DROP_SHRINK }

interface Lever {
  readonly path: string
  readonly text: string
}

async function findLevers({ board: { files } }: PressureScene): Promise<Lever[]> {
  const devices = await files.list(DRI)
  if (typeof devices === 'number') return []
  const levers: Lever[] = []
  // Each device has a folder of its own name; those that are numbers are links to it.
  for (const device of devices.filter((name) => !/^\d+$/.test(name))) {
    const names = await files.list(`${DRI}/${device}`)
    if (typeof names === 'number') continue
    for (const name of names) {
      const text = TEXT_OF[name]
      if (text !== undefined) levers.push({ path: `${DRI}/${device}/${name}`, text })
    }
  }
  return levers
}

export const driverDebugfs: PressureSource = {
  name: 'driver-debugfs',
  title: "driver's debugfs",
  explanation: 'the file in debugfs through which Panthor, msm or i915 let their shrinker be called',
  async unavailable(scene) {
    if (!scene.allowDisruptive) return DISRUPTIVE_REFUSAL
    if (typeof (await scene.board.files.list(DRI)) === 'number')
      return `${DRI} cannot be read: mount debugfs, and run as root`
    const levers = await findLevers(scene)
    return levers.length === 0 ? 'no driver here has such a file (Panthor, msm and i915 do)' : undefined
  },
  async apply(scene, durationMs) {
    const { clock } = scene.board
    const begin = clock.nowUs()
    for (const { path, text } of await findLevers(scene)) {
      scene.note('shrink', { path, text, result: await writeUntilHang(scene, path, text) })
    }
    await clock.sleep(Math.max(0, durationMs - (clock.nowUs() - begin) / 1000), scene.signal)
    return { hogsKilled: 0 }
  },
}
