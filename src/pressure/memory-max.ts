/**
 * Pressure source `memory-max`: a hog in the cgroup of the workload, whose limit leaves room for the workload alone.
 *
 * A charge that meets memory.max makes the kernel reclaim inside that cgroup, and there it calls only shrinkers that
 * are memcg-aware (mm/shrinker.c, shrink_slab_memcg). It ends in the OOM killer.
 */
import { PANFROST_CREATE_BO_NO_PAGES } from '../observe/kernel-messages/panfrost.js'
import type { Cgroup } from './cgroup/cgroup.js'
import { withDeadline } from './deadline.js'
import { Hog } from './hog.js'
import { cgroupsOf, withoutCgroup, type PressureScene, type PressureSource } from './pressure-source.js'

const MIB = 1024 * 1024
/** Room for the hog, besides what the workload may still grow by. */
const HEADROOM_BYTES = 64 * MIB
const HOG_STEP_BYTES = 16 * MIB
const HOG_PAUSE_MS = 20
/** An emulated machine takes its time to touch so much memory. The hog's part ends as soon as the hog does. */
const HOG_DEADLINE_MS = 60_000

/** How many hogs were killed. */
export async function pushAgainstLimit(scene: PressureScene): Promise<number> {
  const { run, workload } = cgroupsOf(scene)
  const cage = await run.child('hog')
  // One that is swapped out instead of killed would keep the workload standing still.
  await cage.forbidSwap()
  const hog = await Hog.start(scene, cage, scene.hogMemory && { memory: scene.hogMemory })
  let hogsKilled = 0
  try {
    await fillUp(scene, run, workload, hog)
  } finally {
    await run.setLimit(undefined)
    const isGone = await hog.end()
    await workload.setFrozen(false)
    // Not by its end: whether SIGKILL was the OOM killer's or, a moment later, ours cannot be told from that.
    hogsKilled = (await cage.events()).oomKills
    const { limitHits, oomKills } = await run.events()
    scene.note('limit lifted', { limitHits, oomKills, hogKilled: hogsKilled > 0 })
    // A hog that hangs stays in it, and with it the cgroup of the run.
    if (isGone) await cage.remove()
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
      scene.note('near the limit', { leftBytes, frozen: await workload.setFrozen(true) })
    }
    await withDeadline(clock, (end - clock.nowUs()) / 1000, hog.grow(HOG_STEP_BYTES), scene.signal)
    await clock.sleep(HOG_PAUSE_MS, scene.signal)
  }
}

export const memoryMax: PressureSource = {
  name: 'memory-max',
  title: 'memory.max, hog inside',
  danger: 'the hog, which is killed',
  expects: [PANFROST_CREATE_BO_NO_PAGES],
  explanation: 'a hog drives the cgroup of the workload against its limit',
  unavailable: withoutCgroup,
  apply: async (scene) => ({ hogsKilled: await pushAgainstLimit(scene) }),
}
