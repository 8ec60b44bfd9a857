/**
 * Pressure source `cgroup squeeze`: limits on the cgroup that the workload lives in.
 *
 * A charge that meets memory.max makes the kernel reclaim inside that cgroup, and there it calls only shrinkers that
 * are memcg-aware (mm/shrinker.c, shrink_slab_memcg). Those of Panfrost and all other DRM drivers are not: the squeeze
 * ends in the OOM killer. It stays in the set to show just that, and to notice the kernel in which it changes.
 */
import { PANFROST_CREATE_BO_NO_PAGES } from '../observe/kernel-messages/panfrost.js'
import type { Cgroup } from './cgroup/cgroup.js'
import { withDeadline } from './deadline.js'
import { Hog } from './hog.js'
import type { PressureResult, PressureScene, PressureSource } from './pressure-source.js'

const MIB = 1024 * 1024
/** Room for the hog, besides what the workload may still grow by. */
const HEADROOM_BYTES = 64 * MIB
const HOG_STEP_BYTES = 16 * MIB
const HOG_PAUSE_MS = 20
/** An emulated machine takes its time to touch so much memory. The hog's part ends as soon as the hog does. */
const HOG_DEADLINE_MS = 60_000
/** memory.high as a share of what is used, step by step. */
const HIGH_SHARES = [0.9, 0.75, 0.6] as const
/** Parts of the duration: each step of memory.high, memory.reclaim. The hog has what it needs. */
const HIGH_PART = 0.1
const RECLAIM_PART = 0.2

async function apply(scene: PressureScene, durationMs: number): Promise<PressureResult> {
  if ('reason' in scene.cgroups) throw new Error(scene.cgroups.reason)
  const { run, workload } = scene.cgroups
  const hogsKilled = await pushAgainstLimit(scene, run, workload)
  await lowerHigh(scene, run, durationMs * HIGH_PART)
  if (!scene.signal.aborted) await askToReclaim(scene, run, durationMs * RECLAIM_PART)
  return { hogsKilled }
}

async function pushAgainstLimit(scene: PressureScene, run: Cgroup, workload: Cgroup): Promise<number> {
  const cage = await run.child('hog')
  const hog = await Hog.start(scene.board, cage)
  let hogsKilled = 0
  try {
    await fillUp(scene, run, workload, hog)
  } finally {
    await run.setLimit(undefined)
    await hog.end()
    await workload.setFrozen?.(false)
    // Not by its end: whether SIGKILL was the OOM killer's or, a moment later, ours cannot be told from that.
    hogsKilled = (await cage.events()).oomKills
    const { limitHits, oomKills } = await run.events()
    scene.note('limit lifted', { limitHits, oomKills, hogKilled: hogsKilled > 0 })
    await cage.remove()
  }
  return hogsKilled
}

/**
 * Lets the hog grow until it is killed. Near the limit the workload stands still: of a process with threads that dies
 * the OOM killer loses sight before its memory is free (kernel/cgroup/cgroup.c, css_task_iter_advance), and a process
 * of the workload that allocates in this moment would be killed after the hog.
 */
async function fillUp(scene: PressureScene, run: Cgroup, workload: Cgroup, hog: Hog): Promise<void> {
  const { clock } = scene.board
  const usageBytes = await run.usageBytes()
  // When the hog is gone, the workload alone must not come near the limit.
  const limitBytes = usageBytes + scene.workloadBytes + HEADROOM_BYTES
  await run.setLimit(limitBytes)
  scene.note('limit', { usageBytes, limitBytes })
  const end = clock.nowUs() + HOG_DEADLINE_MS * 1000
  let isNear = false
  while (hog.alive && clock.nowUs() < end && !scene.signal.aborted) {
    const leftBytes = limitBytes - (await run.usageBytes())
    if (!isNear && leftBytes < scene.workloadBytes + HOG_STEP_BYTES) {
      isNear = true
      scene.note('near the limit', { leftBytes, frozen: (await workload.setFrozen?.(true)) ?? false })
    }
    await withDeadline(clock, (end - clock.nowUs()) / 1000, hog.grow(HOG_STEP_BYTES), scene.signal)
    await clock.sleep(HOG_PAUSE_MS, scene.signal)
  }
}

async function lowerHigh(scene: PressureScene, run: Cgroup, stepMs: number): Promise<void> {
  if (run.setHigh === undefined) return
  const { clock } = scene.board
  try {
    const usageBytes = await run.usageBytes()
    for (const share of HIGH_SHARES) {
      if (scene.signal.aborted) return
      const end = clock.nowUs() + stepMs * 1000
      const highBytes = Math.floor(usageBytes * share)
      const written = await withDeadline(clock, stepMs, run.setHigh(highBytes), scene.signal)
      scene.note('high', { usageBytes, highBytes, late: written === 'late' })
      await clock.sleep(Math.max(0, (end - clock.nowUs()) / 1000), scene.signal)
    }
  } finally {
    await run.setHigh(undefined)
  }
}

async function askToReclaim(scene: PressureScene, run: Cgroup, durationMs: number): Promise<void> {
  const { clock } = scene.board
  const end = clock.nowUs() + durationMs * 1000
  const bytes = Math.floor((await run.usageBytes()) / 2)
  const done = await withDeadline(clock, durationMs, run.reclaim(bytes), scene.signal)
  scene.note('reclaim', { bytes, done: String(done) })
  await clock.sleep(Math.max(0, (end - clock.nowUs()) / 1000), scene.signal)
}

export const cgroupSqueeze: PressureSource = {
  name: 'cgroup-squeeze',
  title: 'cgroup squeeze',
  expects: [PANFROST_CREATE_BO_NO_PAGES],
  explanation: 'limits on the cgroup of the workload, with a hog in it: reaches memcg-aware shrinkers only',
  unavailable: (scene) => Promise.resolve('reason' in scene.cgroups ? scene.cgroups.reason : undefined),
  apply,
}
