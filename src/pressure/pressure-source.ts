/** What makes the kernel reclaim. Each source is one file; a new one is a row in sources.ts. */
import type { Board } from '../board/board.js'
import type { Cgroup, CgroupTree } from './cgroup/cgroup.js'
import { IN_USE } from './dedicated.js'
import type { HangScene } from './hang.js'
import type { HogMemory } from './hog-memory.js'
import type { Undo } from './undo.js'

/** As --pressure and the journal name them. */
export const PRESSURE_NAMES = [
  'cgroup-squeeze',
  'root-reclaim',
  'machine-pressure',
  'memory-max',
  'memory-high',
  'memory-reclaim',
  'page-cache-drop',
  'drop-caches',
  'node-reclaim',
  'node-reclaim-gated',
  'driver-debugfs',
  'shrinker-debugfs',
] as const
export type PressureName = (typeof PRESSURE_NAMES)[number]

export interface CgroupsOfRun {
  readonly tree: CgroupTree
  readonly run: Cgroup
  readonly workload: Cgroup
}

/** How far pressure on the whole machine may go, besides the care that it takes anyway. */
export interface PressureLimits {
  /** Of what is available (MemAvailable) when machine pressure begins, its hog leaves so much. */
  readonly reserveMiB?: number
  /** Share of time in which everybody waits for memory (PSI full), above which that hog lets go. 25 unless told. */
  readonly stallPercent?: number
}

/** Where pressure is applied, and to whom it reports. */
export interface PressureScene extends HangScene {
  readonly board: Board
  /** The memory hierarchy, this run's cgroup in it, and the workload's below that. Or why there is none. */
  readonly cgroups: CgroupsOfRun | { readonly reason: string }
  /** What the workload's buffers may come to hold at most, in bytes. */
  readonly workloadBytes: number
  /** What hogs take. Anonymous memory unless told. */
  readonly hogMemory?: HogMemory
  readonly limits?: PressureLimits
  /** Pressure on the whole machine is allowed: the board is ours alone, or the user said so. */
  readonly allowDisruptive: boolean
  /** For settings of the machine that have to be changed for a while. */
  readonly undo: Undo
  /** Aborted when the run ends early, as it does when something hangs: give back what was taken and return. */
  readonly signal: AbortSignal
  /** For the journal: what was done, with its numbers. */
  note(step: string, detail: Readonly<Record<string, number | string | boolean>>): void
}

export interface PressureResult {
  /** Hogs of ours that the OOM killer took: meant to happen. */
  readonly hogsKilled: number
}

export interface PressureSource {
  readonly name: PressureName
  /** For people: `cgroup squeeze`. */
  readonly title: string
  /** One line: what it does to the machine, and whom it reaches. */
  readonly explanation: string
  /** One line: whom it disturbs, and by what. */
  readonly danger: string
  /** Names of kernel messages that it provokes on purpose; see observe/kernel-messages. */
  readonly expects?: readonly string[]
  /** Of those that are expected only once it made the kernel refuse an operation of the workload's for want of memory. */
  readonly expectsOfRefusals?: readonly string[]
  /** Why it cannot work, or may not be used, here. Undefined when it can. */
  unavailable(scene: PressureScene): Promise<string | undefined>
  /** Presses for about `durationMs` of the board's time, and undoes what it did. */
  apply(scene: PressureScene, durationMs: number): Promise<PressureResult>
}

/** For sources that act inside this run's cgroup: why there is none. */
export function withoutCgroup(scene: PressureScene): Promise<string | undefined> {
  return Promise.resolve('reason' in scene.cgroups ? scene.cgroups.reason : undefined)
}

/** For what a source does once cgroups are known to be there. */
export function cgroupsOf(scene: PressureScene): CgroupsOfRun {
  if ('reason' in scene.cgroups) throw new Error(scene.cgroups.reason)
  return scene.cgroups
}

export const DISRUPTIVE_REFUSAL = `it presses on the whole machine, ${IN_USE}`
