/**
 * Pressure source `cgroup squeeze`: all that limits on the cgroup of the workload can do, one after the other.
 *
 * Inside a cgroup the kernel calls only shrinkers that are memcg-aware (mm/shrinker.c, shrink_slab_memcg). Those of
 * Panfrost and all other DRM drivers are not: the squeeze ends in the OOM killer. It stays in the set to show just that,
 * and to notice the kernel in which it changes.
 */
import { PANFROST_CREATE_BO_NO_PAGES } from '../observe/kernel-messages/panfrost.js'
import { lowerHigh } from './memory-high.js'
import { pushAgainstLimit } from './memory-max.js'
import { askToReclaim } from './memory-reclaim.js'
import {
  cgroupsOf,
  withoutCgroup,
  type PressureResult,
  type PressureScene,
  type PressureSource,
} from './pressure-source.js'

/** Parts of the duration: memory.high, memory.reclaim. The hog has what it needs. */
const HIGH_PART = 0.3
const RECLAIM_PART = 0.2

async function apply(scene: PressureScene, durationMs: number): Promise<PressureResult> {
  const hogsKilled = await pushAgainstLimit(scene)
  if (cgroupsOf(scene).run.setHigh !== undefined) await lowerHigh(scene, durationMs * HIGH_PART)
  if (!scene.signal.aborted) await askToReclaim(scene, durationMs * RECLAIM_PART)
  return { hogsKilled }
}

export const cgroupSqueeze: PressureSource = {
  name: 'cgroup-squeeze',
  title: 'cgroup squeeze',
  danger: 'the workload, and the hog, which is killed',
  expects: [PANFROST_CREATE_BO_NO_PAGES],
  explanation: 'limits on the cgroup of the workload, with a hog in it: reaches memcg-aware shrinkers only',
  unavailable: withoutCgroup,
  apply,
}
