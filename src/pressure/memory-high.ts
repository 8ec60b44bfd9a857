/**
 * Pressure source `memory-high`: memory.high of the workload's cgroup is lowered below what it uses, step by step. The
 * kernel throttles and reclaims inside the cgroup (mm/memcontrol.c, reclaim_high), and never kills.
 */
import { withDeadline } from './deadline.js'
import { untilHang } from './hang.js'
import { cgroupsOf, withoutCgroup, type PressureScene, type PressureSource } from './pressure-source.js'

/** memory.high as a share of what is used, step by step. */
const HIGH_SHARES = [0.9, 0.75, 0.6] as const

export async function lowerHigh(scene: PressureScene, durationMs: number): Promise<void> {
  const { run } = cgroupsOf(scene)
  const stepMs = durationMs / HIGH_SHARES.length
  if (run.setHigh === undefined) return
  const { signal } = scene
  const { clock } = scene.board
  const allEnd = clock.nowUs() + durationMs * 1000
  let writing: Promise<void> = Promise.resolve()
  try {
    const usageBytes = await run.usageBytes()
    for (const share of HIGH_SHARES) {
      if (signal.aborted) return
      const end = clock.nowUs() + stepMs * 1000
      const highBytes = Math.floor(usageBytes * share)
      writing = run.setHigh(highBytes)
      const written = await withDeadline(clock, stepMs, writing, signal)
      scene.note('high', { usageBytes, highBytes, late: written === 'late' })
      // The kernel still reclaims for this one, and would for a lower one all the more.
      if (written === 'late') {
        await withDeadline(clock, (allEnd - clock.nowUs()) / 1000, writing, signal)
        return
      }
      await clock.sleep(Math.max(0, (end - clock.nowUs()) / 1000), signal)
    }
  } finally {
    const what = `the write to memory.high of ${run.path}`
    await untilHang(scene, { what }, run.setHigh(undefined))
    await untilHang(scene, { what, signal }, writing)
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
