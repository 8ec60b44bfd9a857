/** All pressure sources. */
import { cgroupSqueeze } from './cgroup-squeeze.js'
import { driverDebugfs } from './driver-debugfs.js'
import { dropCaches, pageCacheDrop } from './drop-caches.js'
import { machinePressure } from './machine-pressure.js'
import { memoryHigh } from './memory-high.js'
import { memoryMax } from './memory-max.js'
import { memoryReclaim } from './memory-reclaim.js'
import { nodeReclaim, nodeReclaimGated } from './node-reclaim.js'
import type { PressureName, PressureSource } from './pressure-source.js'
import { rootReclaim } from './root-reclaim.js'
import { shrinkerScan } from './shrinker-scan.js'

/** The gentle ones first: the order of a probe. */
export const PRESSURE_SOURCES: readonly PressureSource[] = [
  pageCacheDrop,
  memoryHigh,
  memoryReclaim,
  memoryMax,
  cgroupSqueeze,
  driverDebugfs,
  shrinkerScan,
  nodeReclaimGated,
  nodeReclaim,
  rootReclaim,
  dropCaches,
  machinePressure,
]

/** What a stress run applies unless it is told otherwise. */
export const USUAL_PRESSURE: readonly PressureName[] = ['cgroup-squeeze', 'root-reclaim', 'machine-pressure']

/** Throws RangeError for a name that is none. */
export function findPressureSource(name: string): PressureSource {
  const source = PRESSURE_SOURCES.find((candidate) => candidate.name === name)
  if (source !== undefined) return source
  const names = PRESSURE_SOURCES.map((candidate) => candidate.name).join(', ')
  throw new RangeError(`unknown pressure source '${name}'; there are: ${names}`)
}
