/**
 * What a run tells while it goes. The engine emits these and prints nothing; the journal (events.jsonl) is these, one
 * a line, and everything that is shown is made from them.
 *
 * `t` is the board's time in microseconds since the run began.
 */
import type { BoardKind } from '../board/board.js'
import type { OomKill } from '../observe/oom-kill.js'
import type { GemTotals } from '../observe/gems.js'
import type { Severity } from '../observe/kernel-messages/message.js'
import type { CgroupEvents, CgroupStat } from '../pressure/cgroup/cgroup.js'
import type { HogMemory } from '../pressure/hog-memory.js'
import type { PressureLimits, PressureName } from '../pressure/pressure-source.js'
import type { Operation, OperationOutcome } from '../workload/operation.js'
import type { ScenarioName } from '../workload/scenarios/index.js'

/** The rules that a run is judged by; see oracle/. That something was reclaimed at all is for the verdict to say. */
export const ORACLE_NAMES = [
  'retained-is-intact',
  'willneed-is-never-purged',
  'held-is-never-purged',
  'purged-is-for-ever',
  'documented-errnos-only',
  'memory-comes-back',
  'no-new-kernel-warning',
  'no-operation-hangs',
  'oom-takes-hogs-only',
] as const
export type OracleName = (typeof ORACLE_NAMES)[number]

/** inconclusive: no rule was broken, but nothing was reclaimed, so nothing was shown. */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'interrupted'

/** What came of one phase. Counts of buffers, unless it says otherwise. */
export interface PhaseTally {
  /** Given to the kernel as not needed. */
  readonly purgeable: number
  /** Of those: purged by the kernel. */
  readonly purged: number
  /** Of the purged ones: seen to answer so again, and to raise SIGBUS when touched. */
  readonly confirmed: number
  /** Of the purgeable ones: taken back with their pages. */
  readonly retained: number
  /** Of the retained ones: every byte is as it was written. */
  readonly verified: number
  /**
   * Processes that the OOM killer took, and how many of them were our hogs: in the whole machine where it is ours alone,
   * else in the cgroup of the run.
   */
  readonly oomKills: number
  readonly hogsKilled: number
  /** Operations that the kernel refused for want of memory. */
  readonly refusedForMemory: number
  /**
   * Buffers that were checked before they were ever given away, and those that never are: every byte was as it was
   * written, or zero in a new one. Each counts once in a phase; absent when there were none.
   */
  readonly checked?: number
  /** Most memory of one actor's buffers that was seen evicted at a time, in bytes; absent when none was. */
  readonly evictedBytes?: number
  /** GPU jobs that were waited for, and those of them that the GPU did not complete; absent when there were none. */
  readonly jobs?: number
  readonly jobsTimedOut?: number
  readonly durationMs: number
}

/** What was asked for: enough to run it again. */
export interface StressPlan {
  readonly scenario: ScenarioName
  readonly seed: number
  readonly durationMs: number
  readonly actors: number
  /** For each actor: most buffers at a time. */
  readonly buffers: number
  readonly pressure: readonly PressureName[]
  /** What hogs take; absent: anonymous memory. */
  readonly hog?: HogMemory
  readonly limits?: StressLimits
}

/** What a run keeps to. */
export interface StressLimits extends PressureLimits {
  /** Most that the buffers of all actors may come to hold: a plan that might need more is refused. */
  readonly buffersMiB?: number
}

export interface RunBegin {
  readonly type: 'run-begin'
  readonly t: number
  /** The board's date: ISO 8601, UTC. Absent in journals of versions that did not tell. */
  readonly startedAt?: string
  /** What the board calls itself in the network; absent where it has no name. */
  readonly hostname?: string
  readonly gemrig: string
  readonly board: BoardKind
  readonly description: string
  readonly driver: string
  readonly driverVersion: string
  readonly node: string
  readonly plan: StressPlan
  /** As of Board. */
  readonly askedFor?: readonly string[]
  /** Besides the plan; absent when it is all as usual. */
  readonly options?: RunBeginOptions
}

export interface RunBeginOptions {
  /** Of the device that was asked for. */
  readonly driver?: string
  readonly node?: string
  readonly swapBytes?: number
  readonly allowDisruptive?: true
}

export interface PhaseBegin {
  readonly type: 'phase-begin'
  readonly t: number
  readonly phase: PressureName
}

export interface OperationEvent {
  readonly type: 'operation'
  /** When it began. */
  readonly t: number
  readonly durationUs: number
  readonly actor: number
  /** Counts this actor's operations from 0. */
  readonly n: number
  readonly operation: Operation
  readonly outcome: OperationOutcome
}

/** An actor began this and was not heard of again, or not before it was given up. */
export interface OperationUnfinished {
  readonly type: 'operation-unfinished'
  /** When it began. */
  readonly t: number
  readonly actor: number
  readonly n: number
  readonly operation: Operation
}

export interface PressureEvent {
  readonly type: 'pressure'
  readonly t: number
  readonly phase: PressureName
  readonly step: string
  readonly detail: Readonly<Record<string, number | string | boolean>>
}

/** Memory of one DRM client, from the drm-*-memory keys of its fdinfo, all regions together. */
export type ClientMemory = Partial<
  Record<'totalBytes' | 'sharedBytes' | 'activeBytes' | 'residentBytes' | 'purgeableBytes', number>
>

/** One cgroup's memory, and what its limits brought about since it was made. */
export interface CgroupSample extends CgroupStat, CgroupEvents {
  readonly currentBytes: number
}

/** What reclaim had of one shrinker since the last sample that tells of shrinkers. */
export interface ShrinkerSample {
  /** Its scan function: `panfrost_gem_shrinker_scan`. All shrinkers that have this function together. */
  readonly name: string
  /** How often reclaim came to it and it had something to free. */
  readonly calls: number
  /** Objects that it was asked to look at, and those that it freed: pages, for those of DRM drivers. */
  readonly asked: number
  readonly freed: number
}

/** The machine's memory at one moment. Counters are since boot. What the machine does not tell is left out. */
export interface SampleEvent {
  readonly type: 'sample'
  readonly t: number
  readonly freeBytes: number
  readonly availableBytes: number
  readonly shmemBytes: number
  readonly swapFreeBytes: number
  readonly oomKills: number
  readonly slabsScanned: number
  /** Rounds of drop_caches over the slab (vmstat drop_slab). */
  readonly dropSlabs: number
  readonly allocStalls: number
  /** Time in which some or all tasks waited for memory, in us. */
  readonly stall?: { readonly someUs: number; readonly fullUs: number }
  /** Of this run: `run` is all of it. With a sample once a second at most, as are the clients. */
  readonly cgroups?: Readonly<Record<'run' | 'workload', CgroupSample>>
  readonly clients?: readonly ({ readonly actor: number } & ClientMemory)[]
  /** The driver's own count of all its buffers in the machine, where debugfs has it (Panthor of 7.2); with the same samples as the cgroups. */
  readonly gems?: GemTotals
  /** Those that were called; where tracefs can be used. With the same samples as the cgroups. */
  readonly shrinkers?: readonly ShrinkerSample[]
  /** Processor time that it took to read all this. */
  readonly costUs: number
}

/** The kernel's log from here on is the run's. */
export interface KernelLogBegin {
  readonly type: 'kernel-log-begin'
  readonly t: number
  readonly readable: boolean
  /** Why not. */
  readonly reason?: string
  /** Messages that the kernel prints once only (WARN_ON_ONCE) come even if they came before this run. */
  readonly warnOnceCleared?: boolean
  /** /proc/sys/kernel/tainted. */
  readonly taint?: number
}

/** A record of the kernel's log; a warning with its trace is one. */
export interface KernelLogEvent {
  readonly type: 'kernel-log'
  /** When the kernel printed it, as far as its clock could be compared with the board's; else when it was read. */
  readonly t: number
  readonly sequence: number
  /** The kernel's own clock. */
  readonly uptimeUs: number
  /** 0 emergency to 7 debug. */
  readonly level: number
  /** Of the catalogue; `other` when it is not in it, `user-space` when it was not the kernel that wrote it. */
  readonly name: string
  readonly severity: Severity
  readonly meaning?: string
  readonly text: string
  /** All lines, when there are several. */
  readonly lines?: readonly string[]
  /** The phase provokes it on purpose. */
  readonly expected?: true
  /** Whether the phase provokes it shows in its end only: the next `kernel-log-settled` tells. */
  readonly conditional?: true
}

/** The phase is over of all conditional records since the last one of these. */
export interface KernelLogSettled {
  readonly type: 'kernel-log-settled'
  readonly t: number
  /** Names of messages: these records were expected, the others were not. */
  readonly provoked: readonly string[]
}

export interface KernelLogEnd {
  readonly type: 'kernel-log-end'
  readonly t: number
  /** Records that were overwritten before they could be read. */
  readonly lost: number
  readonly taint?: number
  /** Letters of the taint flags that were not set before. */
  readonly newTaint: readonly string[]
}

/**
 * An operation, or an actor as a whole, gave no sign of life for too long; or something else that the run waits for did not
 * come back. What could not be read is left out.
 */
export interface HangEvent {
  readonly type: 'hang'
  readonly t: number
  /** The actor that hangs, or, where it is none, */
  readonly actor?: number
  /** what does: `the write to /proc/sys/vm/drop_caches`. */
  readonly what?: string
  /** Absent when it is a thread of the harness's own. */
  readonly pid?: number
  readonly silentMs: number
  /** Number and kind of the operation that it is at: `412 madvise`. */
  readonly doing?: string
  /** Of /proc/PID/stat: D waits in the kernel, T is stopped, R runs. */
  readonly state?: string
  /** The kernel function that it waits in. */
  readonly wchan?: string
  readonly stack?: readonly string[]
}

/** Something that the run made or changed on the machine stays so, as it could not be undone; the next start tries again. */
export interface LeftBehindEvent {
  readonly type: 'left-behind'
  readonly t: number
  /** `the swap on /dev/zram1`. */
  readonly what: string
  readonly reason: string
}

export interface TaskExitEvent {
  readonly type: 'task-exit'
  readonly t: number
  readonly task: string
  readonly code: number | null
  readonly signal: string | null
  /** Whether the harness meant it to end then. */
  readonly expected: boolean
}

/** Before the first buffer and after the last one: what oracle 6 compares. */
export interface MemoryCheckEvent {
  readonly type: 'memory-check'
  readonly t: number
  readonly when: 'before' | 'after'
  /** Shmem of the whole machine; GEM pages are among it. */
  readonly shmemBytes: number
  /** Shmem charged to this run's cgroup; absent where there is none. */
  readonly cgroupShmemBytes?: number
}

/**
 * What came of running kernel paths of several processors interleaved at their locks: a simulated kernel's part of a run,
 * on machines of its own (hunt/interleavings.ts).
 */
export interface InterleavingsEvent {
  readonly type: 'interleavings'
  readonly t: number
  /** The stepped scenario, and what happens in it. */
  readonly hunt: string
  readonly about: string
  /** Interleavings that were tried. */
  readonly seeds: number
  readonly found?: {
    /** Who noticed: `use-after-free`, `lock-order`... (sim/sched/violation.ts). */
    readonly check: string
    readonly message: string
    readonly seed: number
    /** The shortest program that shows it: the calls of each thread. */
    readonly program: readonly string[]
    /** How it came about, step by step. */
    readonly story: readonly string[]
  }
}

/** How many processes the OOM killer took during the run, and how many of them were hogs of ours. */
export interface OomCheckEvent {
  readonly type: 'oom-check'
  readonly t: number
  readonly oomKills: number
  readonly hogsKilled: number
}

/** The OOM killer took a process: one that this run started, or somebody else's. As the kernel's log tells it. */
export interface OomKillEvent extends OomKill {
  readonly type: 'oom-kill'
  readonly t: number
  readonly whose: 'hog' | 'actor' | 'other'
  /** Which actor, where that is known. */
  readonly actor?: number
}

export interface ViolationEvent {
  readonly type: 'violation'
  readonly t: number
  readonly oracle: OracleName
  readonly message: string
}

export interface PhaseEnd {
  readonly type: 'phase-end'
  readonly t: number
  readonly phase: PressureName
  readonly tally: PhaseTally
}

/** A source that could not be used here. */
export interface PhaseRefused {
  readonly type: 'phase-refused'
  readonly t: number
  readonly phase: PressureName
  readonly reason: string
}

export interface RunEnd {
  readonly type: 'run-end'
  readonly t: number
  readonly verdict: Verdict
  readonly reason: string
}

export type StressEvent =
  | RunBegin
  | PhaseBegin
  | OperationEvent
  | OperationUnfinished
  | PressureEvent
  | SampleEvent
  | TaskExitEvent
  | MemoryCheckEvent
  | OomCheckEvent
  | OomKillEvent
  | InterleavingsEvent
  | KernelLogBegin
  | KernelLogEvent
  | KernelLogSettled
  | KernelLogEnd
  | HangEvent
  | LeftBehindEvent
  | ViolationEvent
  | PhaseEnd
  | PhaseRefused
  | RunEnd
