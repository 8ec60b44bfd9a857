/** A memory cgroup, of either version of the interface. */

/** Counters since the cgroup was made. */
export interface CgroupEvents {
  /** How often the limit was met (memory.events max; v1: failcnt). */
  readonly limitHits: number
  /** Processes of this cgroup and below that the OOM killer took. */
  readonly oomKills: number
  /** What follows version 1 does not count. Reclaimed although usage was below memory.low. */
  readonly lowBreaches?: number
  /** Throttled above memory.high. */
  readonly highHits?: number
  /** At the limit with nothing left to reclaim: the OOM killer was considered. */
  readonly ooms?: number
  /** Times that it was killed as a whole (memory.oom.group, Linux 5.17). */
  readonly oomGroupKills?: number
}

/** memory.stat, in bytes, of this cgroup and below. What the kernel does not tell is left out. */
export interface CgroupStat {
  /** Shared memory: GEM pages are among it. */
  readonly shmemBytes: number
  readonly anonBytes?: number
  /** Page cache, shared memory too. */
  readonly fileBytes?: number
  /** Locked, or held by a driver: GEM pages with an owner are among it. */
  readonly unevictableBytes?: number
  /** Of the kernel's own (Linux 5.18), and of that what can be reclaimed. */
  readonly kernelBytes?: number
  readonly slabReclaimableBytes?: number
}

/**
 * All calls throw KernelFileError when the kernel refuses. Limits are in bytes; undefined takes a limit away.
 */
export interface Cgroup {
  readonly path: string
  /** Makes a cgroup below this one. */
  child(name: string): Promise<Cgroup>
  /** The same object for a child that exists. */
  openChild(name: string): Cgroup
  addProcess(pid: number): Promise<void>
  processes(): Promise<readonly number[]>
  usageBytes(): Promise<number>
  stat(): Promise<CgroupStat>
  events(): Promise<CgroupEvents>
  setLimit(bytes: number | undefined): Promise<void>
  /** Throttles and reclaims above it, never kills. Undefined where the interface has no such thing (v1). */
  setHigh?(bytes: number | undefined): Promise<void>
  /**
   * Stops what lives in it, or lets it go on. False when the kernel cannot, or some of it does not stop in time. Where
   * the interface has no such thing (v1: it is a hierarchy of its own) each process gets SIGSTOP or SIGCONT.
   */
  setFrozen(frozen: boolean): Promise<boolean>
  /** Whether it stands still by setFrozen(). */
  isFrozen(): Promise<boolean>
  /** Asks the kernel to reclaim that much from here: true when it did (v1: as much as it can). */
  reclaim(bytes: number): Promise<boolean>
  /** Keeps what is in it out of swap, where the kernel can. */
  forbidSwap(): Promise<void>
  /** Removes it; waits for the exit of processes that were killed. Its children must be gone. */
  remove(): Promise<void>
}

export interface CgroupTree {
  readonly version: 1 | 2
  /** The root of the memory hierarchy, or of the part of it that is this user's. */
  readonly root: string
  /** The root of all, where the file system is mounted. */
  readonly mount: string
  /** Makes a cgroup right below the root. */
  create(name: string): Promise<Cgroup>
  /** The same object for one that exists. */
  open(name: string): Cgroup
}
