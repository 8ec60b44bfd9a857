/**
 * Pressure source `memory-high`: memory.high of the workload's cgroup is lowered below what it uses, step by step. The
 * kernel throttles and reclaims inside the cgroup (mm/memcontrol.c, reclaim_high), and never kills.
 */
import { withDeadline } from './deadline.js'
import { cgroupsOf, withoutCgroup, type PressureScene, type PressureSource } from './pressure-source.js'

/** memory.high as a share of what is used, step by step. */
const HIGH_SHARES = [0.9, 0.75, 0.6] as const

export async function lowerHigh(scene: PressureScene, durationMs: number): Promise<void> {
  const { run } = cgroupsOf(scene)
  const stepMs = durationMs / HIGH_SHARES.length
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

export const memoryHigh: PressureSource = {
  name: 'memory-high',
  title: 'memory.high lowered',
  danger: 'the workload',
  explanation:
    'memory.high of the cgroup of the workload goes below what is used: throttles and reclaims inside',
  async unavailable(scene) {
    const reason = await withoutCgroup(scene)
    if (reason !== undefined) return reason
    return cgroupsOf(scene).run.setHigh === undefined ? 'version 1 of cgroups has no memory.high' : undefined
  },
  async apply(scene, durationMs) {
    await lowerHigh(scene, durationMs)
    return { hogsKilled: 0 }
  },
}
