/** All pressure sources, in the order in which a run applies them. */
import { cgroupSqueeze } from './cgroup-squeeze.js'
import { machinePressure } from './machine-pressure.js'
import type { PressureSource } from './pressure-source.js'
import { rootReclaim } from './root-reclaim.js'

export const PRESSURE_SOURCES: readonly PressureSource[] = [cgroupSqueeze, rootReclaim, machinePressure]
