/**
 * Pressure source `memory-reclaim`: the kernel is asked to reclaim half of what the workload's cgroup uses:
 * memory.reclaim (v2, Linux 5.19), memory.force_empty (v1). Both act inside the cgroup.
 */
import { withDeadline } from './deadline.js'
import { untilHang } from './hang.js'
import { cgroupsOf, withoutCgroup, type PressureScene, type PressureSource } from './pressure-source.js'

export async function askToReclaim(scene: PressureScene, durationMs: number): Promise<void> {
  const { run } = cgroupsOf(scene)
  const { signal } = scene
  const { clock } = scene.board
  const end = clock.nowUs() + durationMs * 1000
  const bytes = Math.floor((await run.usageBytes()) / 2)
  const reclaiming = run.reclaim(bytes)
  const done = await withDeadline(clock, durationMs, reclaiming, signal)
  scene.note('reclaim', { bytes, done: String(done) })
  await untilHang(scene, { what: `the kernel asked to reclaim from ${run.path}`, signal }, reclaiming)
  await clock.sleep(Math.max(0, (end - clock.nowUs()) / 1000), signal)
}

export const memoryReclaim: PressureSource = {
  name: 'memory-reclaim',
  title: 'memory.reclaim of the cgroup',
  danger: 'the workload',
  explanation: 'the kernel is asked to reclaim half of the cgroup of the workload',
  unavailable: withoutCgroup,
  async apply(scene, durationMs) {
    await askToReclaim(scene, durationMs)
    return { hogsKilled: 0 }
  },
}
