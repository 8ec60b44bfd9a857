/** The drivers whose buffers gemrig can make. A new one is a file beside this one and a row here. */
import type { GemDriver } from '../gem-driver.js'
import { vgem, virtioGpu } from './dumb.js'
import { i915 } from './i915.js'
import { msm } from './msm.js'
import { panfrost } from './panfrost.js'
import { panthor } from './panthor.js'
import { vc4 } from './vc4.js'

const DRIVERS: readonly GemDriver[] = [panfrost, panthor, i915, msm, vc4, vgem, virtioGpu]

export const DRIVER_NAMES: readonly string[] = DRIVERS.map((driver) => driver.name)

export function findDriver(name: string): GemDriver | undefined {
  return DRIVERS.find((driver) => driver.name === name)
}
