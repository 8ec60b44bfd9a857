/** One phase: the actors fill their caches, one pressure source presses, and all that was given away is checked. */
import type { Board } from '../board/board.js'
import { readVmCounters } from '../observe/vmstat.js'
import type { HangScene } from '../pressure/hang.js'
import type { PressureLimits, PressureScene, PressureSource } from '../pressure/pressure-source.js'
import type { Undo } from '../pressure/undo.js'
import type { KernelWatch } from './kernel-watch.js'
import { press } from './press.js'
import type { Recorder } from './recorder.js'
import type { Troupe } from './troupe.js'

/** Share of a phase in which the caches fill before the pressure begins. */
const WARM_UP = 0.25

export interface Phase {
  readonly board: Board
  readonly source: PressureSource
  /** Names of kernel messages that are expected when no GPU executes the workload's jobs. */
  readonly expectsOfTimeouts: readonly string[]
  readonly troupe: Troupe
  readonly kernel: KernelWatch
  readonly recorder: Recorder
  readonly cgroups: PressureScene['cgroups']
  readonly undo: Undo
  readonly workloadBytes: number
  readonly hogMemory: PressureScene['hogMemory']
  readonly limits: PressureLimits
  readonly durationMs: number
  readonly allowDisruptive: boolean
  readonly signal: AbortSignal
  readonly hang: HangScene['hang']
  readonly hangDeadlineMs: number
}

export async function runPhase(phase: Phase): Promise<void> {
  const { board, source, troupe, recorder, signal } = phase
  const { clock } = board
  const scene: PressureScene = {
    board,
    cgroups: phase.cgroups,
    undo: phase.undo,
    workloadBytes: phase.workloadBytes,
    ...(phase.hogMemory !== undefined && { hogMemory: phase.hogMemory }),
    limits: phase.limits,
    allowDisruptive: phase.allowDisruptive,
    signal,
    hang: phase.hang,
    hangDeadlineMs: phase.hangDeadlineMs,
    note: (step, detail) =>
      recorder.emit({ type: 'pressure', t: clock.nowUs(), phase: source.name, step, detail }),
  }
  const reason = await source.unavailable(scene)
  if (reason !== undefined) {
    recorder.emit({ type: 'phase-refused', t: clock.nowUs(), phase: source.name, reason })
    return
  }
  // What was before is not of this pressure's making.
  phase.kernel.poll()
  const begin = clock.nowUs()
  recorder.emit({ type: 'phase-begin', t: begin, phase: source.name })
  recorder.tally.take()
  const { expectsOfRefusals = [] } = source
  phase.kernel.expect(source.expects, [...expectsOfRefusals, ...phase.expectsOfTimeouts])
  const killsBefore = await countOomKills(phase)
  troupe.work()
  await clock.sleep(phase.durationMs * WARM_UP, signal)
  const { hogsKilled } = await press(source, scene, phase.durationMs * (1 - WARM_UP))
  await troupe.drain()
  const counts = recorder.tally.take()
  const { jobs = 0, jobsTimedOut = 0 } = counts
  phase.kernel.settle([
    ...(counts.refusedForMemory > 0 ? expectsOfRefusals : []),
    ...(jobs > 0 && jobsTimedOut === jobs ? phase.expectsOfTimeouts : []),
  ])
  const oomKills = (await countOomKills(phase)) - killsBefore
  // Whoever has been counted is in the log, too.
  phase.kernel.poll()
  recorder.emit({ type: 'oom-check', t: clock.nowUs(), oomKills, hogsKilled })
  const durationMs = Math.round((clock.nowUs() - begin) / 1000)
  const tally = { ...counts, oomKills, hogsKilled, durationMs }
  recorder.emit({ type: 'phase-end', t: clock.nowUs(), phase: source.name, tally })
}

/** On a machine in use only this run's cgroup counts: whether another process died of our pressure the log tells. */
async function countOomKills({ board, cgroups }: Phase): Promise<number> {
  if (!board.expendable && 'run' in cgroups) return (await cgroups.run.events()).oomKills
  return (await readVmCounters(board.files)).oomKills
}
