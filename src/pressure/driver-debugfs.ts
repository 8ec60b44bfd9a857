/**
 * Pressure source `driver-debugfs`: the files through which drivers let their own shrinker be called: `shrink` of
 * Panthor (7.2, panthor_gem.c) and msm (msm_debugfs.c) takes a number of pages, `i915_gem_drop_caches` of i915
 * (i915_debugfs.c) a mask. Those of TTM, for all its drivers, are read: `page_pool_shrink` frees a batch of pooled pages
 * (ttm_pool.c), `tt_shrink` swaps out a buffer (ttm_tt.c). Panfrost has none.
 */
import { errnoName } from '../backend/errno.js'
import { DRI, listDriFolders } from '../observe/dri-debugfs.js'
import { untilHang } from './hang.js'
import { writeUntilHang } from './paced-writes.js'
import { DISRUPTIVE_REFUSAL, type PressureScene, type PressureSource } from './pressure-source.js'
const ALL_PAGES = '1000000'
/** DROP_BOUND | DROP_UNBOUND | DROP_SHRINK_ALL of i915_debugfs.c: no waiting for the GPU and no reset. */
const DROP_SHRINK = '0x23'
const TEXT_OF: Readonly<Record<string, string>> = { shrink: ALL_PAGES, i915_gem_drop_caches: DROP_SHRINK }

const TTM = '/sys/kernel/debug/ttm'
/** To be read. */
const TTM_LEVERS = ['page_pool_shrink', 'tt_shrink']

interface Lever {
  readonly path: string
  /** What to write; undefined: a read does it. */
  readonly text?: string
}

async function findLevers({ board: { files } }: PressureScene): Promise<Lever[]> {
  const levers: Lever[] = []
  const folders = await listDriFolders(files)
  for (const folder of typeof folders === 'number' ? [] : folders) {
    const names = await files.list(folder)
    if (typeof names === 'number') continue
    for (const name of names) {
      const text = TEXT_OF[name]
      if (text !== undefined) levers.push({ path: `${folder}/${name}`, text })
    }
  }
  const ofTtm = await files.list(TTM)
  for (const name of typeof ofTtm === 'number' ? [] : ofTtm)
    if (TTM_LEVERS.includes(name)) levers.push({ path: `${TTM}/${name}` })
  return levers
}

/** What came of it: what a read told, or `0`; an errno's name; that it was late. */
async function pull({ path, text }: Lever, scene: PressureScene): Promise<string> {
  if (text !== undefined) return writeUntilHang(scene, path, text)
  const what = `the read of ${path}`
  const result = await untilHang(scene, { what, signal: scene.signal }, scene.board.files.read(path))
  return typeof result === 'string' ? result.trim() : errnoName(-result)
}

export const driverDebugfs: PressureSource = {
  name: 'driver-debugfs',
  title: "driver's debugfs",
  danger: 'clients of that driver',
  explanation: 'the file in debugfs through which Panthor, msm, i915 or TTM let their shrinker be called',
  async unavailable(scene) {
    if (!scene.allowDisruptive) return DISRUPTIVE_REFUSAL
    if (typeof (await scene.board.files.list(DRI)) === 'number')
      return `${DRI} cannot be read: mount debugfs, and run as root`
    const levers = await findLevers(scene)
    return levers.length === 0 ? 'no driver here has such a file (Panthor, msm, i915 and TTM do)' : undefined
  },
  async apply(scene, durationMs) {
    const { clock } = scene.board
    const begin = clock.nowUs()
    for (const lever of await findLevers(scene))
      scene.note('shrink', { ...lever, result: await pull(lever, scene) })
    await clock.sleep(Math.max(0, durationMs - (clock.nowUs() - begin) / 1000), scene.signal)
    return { hogsKilled: 0 }
  },
}
