/**
 * The simulated machine: Linux 6.12 on one memory zone, with a Mali-T860 under Panfrost (or a Mali-G610 under the Panthor
 * of 7.2) and heaps of dma-bufs.
 *
 * It does no I/O and knows no time of its own: time is handed in, and work says what it costs. Its parts are in
 * files named after the kernel's.
 */
import { DmaHeapList } from './dma-buf/dma-heap.js'
import type { DmaBufFile } from './dma-buf/dma-buf.js'
import { createHeaps, type HeapOptions } from './dma-buf/heaps/create-heaps.js'
import type { DrmDevice } from './drm/drm-device.js'
import { createI915Device, I915Device } from './drm/i915/i915-device.js'
import { createPanfrostDevice, PanfrostDevice } from './drm/panfrost/panfrost-device.js'
import { createPanthorDevice, PanthorDevice } from './drm/panthor/panthor-device.js'
import { TtmGlobal } from './drm/ttm/ttm-global.js'
import { VgemDevice } from './drm/vgem/vgem-drv.js'
import { CgroupHierarchy } from './fs/cgroup.js'
import { FileSystem } from './fs/file-system.js'
import type { Memfd } from './fs/memfd.js'
import { checkInvariants } from './invariants.js'
import { CmaArea } from './mm/cma.js'
import type { Gfp } from './mm/gfp.js'
import { Kswapd } from './mm/kswapd.js'
import type { ChargedKind, MemCgroup } from './mm/mem-cgroup.js'
import { MemoryController } from './mm/memcontrol.js'
import { OomKiller } from './mm/oom-kill.js'
import { PageAllocator } from './mm/page-allocator.js'
import { PageCache } from './mm/page-cache.js'
import { pagesOf } from './mm/page.js'
import { ShrinkerList } from './mm/shrinker.js'
import type { ShmemFile } from './mm/shmem.js'
import { Swap, type SwapOptions } from './mm/swap.js'
import { MmSysctl } from './mm/sysctl.js'
import type { BugName } from './bugs/bug.js'
import type { Scheduler } from './sched/scheduler.js'
import type { SteppedShrinker } from './sched/stepped-shrinker.js'
import { KernelViolation } from './sched/violation.js'
import { VmEvents } from './mm/vm-events.js'
import { Vmscan } from './mm/vmscan.js'
import { KernelLog } from './printk.js'
import type { CpuTime } from './process/cpu-time.js'
import { ProcessTable } from './process/process-table.js'
import { TaskKilled } from './process/task-killed.js'
import { TaskWork } from './process/task-work.js'
import type { SimTask } from './process/task-struct.js'
import { COST_NS } from './costs.js'
import { PsiGroup } from './psi.js'
import { Timers } from './timers.js'

export interface KernelOptions extends HeapOptions {
  /** MemTotal. 256 MiB unless said otherwise; at least 16 MiB. */
  readonly memoryBytes?: number
  /** Clean page cache at boot. A sixteenth of the memory unless said otherwise. */
  readonly pageCacheBytes?: number
  /** How long each GPU job takes; Infinity for a GPU that never completes one. 1 ms unless said otherwise. */
  readonly gpuJobNs?: number
  /** Its GPU's driver: Panthor is that of 7.2, whatever the release, and i915 makes the machine a PC. Panfrost unless said otherwise. */
  readonly gpu?: GpuName
  /** The Linux release whose Panfrost it has; 7.2 has the node's `reclaim` file. 6.12 unless said otherwise. */
  readonly release?: Release
  /** Changes to that release that were posted, and not merged. None unless said otherwise. */
  readonly patches?: Patches | null
  /** A swap device. None unless said otherwise. */
  readonly swap?: SwapOptions
  /** Reclaim by the multi-generational lists from boot on, as Debian's kernels do. False unless said otherwise. */
  readonly lruGen?: boolean
  /** False: booted with cgroup.memory=nokmem. */
  readonly kmemAccounting?: boolean
  /** CONFIG_SHRINKER_DEBUG, which Debian's kernels lack. False unless said otherwise. */
  readonly shrinkerDebug?: boolean
  /** One of 0 to below - 1: what the kernel itself leaves to chance. Always 0 unless said otherwise. */
  readonly random?: (below: number) => number
  /** Bugs that this kernel has. */
  readonly bugs?: readonly BugName[]
  /** The machine's time in nanoseconds. */
  readonly nowNs: () => number
}

const MIB = 1 << 20

/** Linux releases whose Panfrost can be had: uAPI 1.2, 1.2 and 1.6. All else is as in 6.12. */
export const RELEASES = ['6.1', '6.12', '7.2'] as const
export type Release = (typeof RELEASES)[number]

/** What the default area, and with it its heap, is called: kernel/dma/contiguous.c (6.12), cma_heap.c (7.2). */
function cmaName(release: Release): string {
  return release === '7.2' ? 'default_cma_region' : 'reserved'
}
/**
 * shrinker: Panfrost with the generic shrinker of the drm-shmem helper (v16, v17 of that series). eviction: a Panfrost
 * that evicts what is needed, too, as no version of the series had it: what the helper was made for.
 */
export const PATCHES = ['shrinker', 'eviction'] as const
export type Patches = (typeof PATCHES)[number]
export type GpuName = 'panfrost' | 'panthor' | 'i915'
const CREATE_GPU = { panfrost: createPanfrostDevice, panthor: createPanthorDevice, i915: createI915Device }

export class Kernel {
  readonly nowNs: () => number
  readonly log: KernelLog
  readonly events = new VmEvents()
  readonly psi = new PsiGroup()
  readonly tasks = new ProcessTable(this)
  readonly taskWork = new TaskWork()
  readonly pages: PageAllocator
  readonly sysctl: MmSysctl
  readonly swap: Swap
  readonly kmemAccounting: boolean
  readonly shrinkerDebug: boolean
  /** Pages in heaps' pools are NR_KERNEL_MISC_RECLAIMABLE. */
  readonly poolsReclaimable: boolean
  readonly memcg: MemoryController
  readonly cgroups: CgroupHierarchy
  readonly shrinkers = new ShrinkerList(this)
  readonly vmscan = new Vmscan(this)
  readonly kswapd = new Kswapd(this)
  readonly oom = new OomKiller(this)
  readonly pageCache = new PageCache(this)
  readonly timers = new Timers()
  /** Drm files of all devices are numbered, from 1. */
  nextDrmClientId = 1
  /** dma_fence_context_alloc(). */
  nextFenceContext = 1
  /** Who waits, without being in the kernel, for what another process may do: called after each system call. */
  readonly waiters = new Set<(nowNs: number) => void>()
  readonly heaps = new DmaHeapList()
  /** debugfs_list of dma-buf.c: all that live. */
  readonly dmaBufs = new Set<DmaBufFile>()
  nextDmaBufIno = 1
  readonly release: Release
  readonly patches: Patches | null
  readonly gpu: PanfrostDevice | PanthorDevice | I915Device
  readonly vgem: VgemDevice
  /** Memory files that have an inode or pinned pages. */
  readonly memfds = new Set<Memfd>()
  /** Files of drivers that are no GemShmemObject's. */
  readonly shmemFiles = new Set<ShmemFile>()
  #ttm: TtmGlobal | null = null
  readonly fileSystem: FileSystem
  readonly bugs: ReadonlySet<BugName>
  /** Shrinkers whose calls are paths. */
  readonly steppedShrinkers: SteppedShrinker[] = []
  /** Who steps its paths now; null when they run to completion. */
  stepper: Scheduler | null = null
  /** The process that is in the kernel now, and the thread whose time it spends. */
  current: { readonly task: SimTask; readonly cpu: CpuTime } | null = null

  constructor(options: KernelOptions) {
    const { memoryBytes = 256 * MIB, pageCacheBytes = memoryBytes / 16 } = options
    if (!(memoryBytes >= 16 * MIB)) throw new RangeError('the simulated machine needs at least 16 MiB')
    this.nowNs = options.nowNs
    this.bugs = new Set(options.bugs)
    this.log = new KernelLog(this.nowNs)
    this.memcg = new MemoryController(this, options.random ?? (() => 0))
    this.cgroups = new CgroupHierarchy(this)
    this.kmemAccounting = options.kmemAccounting ?? true
    this.release = options.release ?? '6.12'
    this.patches = options.patches ?? null
    this.shrinkerDebug = options.shrinkerDebug ?? false
    this.poolsReclaimable = options.poolsReclaimable ?? true
    this.sysctl = new MmSysctl(pagesOf(memoryBytes), options.lruGen ?? false)
    this.swap = new Swap(this, options.swap)
    this.pages = new PageAllocator(this, pagesOf(memoryBytes))
    if (options.heaps?.includes('cma') === true)
      this.pages.cma = new CmaArea(this, cmaName(this.release), pagesOf(options.cmaBytes ?? 16 * MIB))
    // What the kernel itself took at boot, and never gives back.
    this.allocateBootPages(pagesOf(memoryBytes / 32))
    this.pageCache.add(this.memcg.root, pagesOf(pageCacheBytes))
    this.gpu = CREATE_GPU[options.gpu ?? 'panfrost'](this, options.gpuJobNs)
    this.vgem = new VgemDevice(this)
    for (const heap of createHeaps(this, options)) this.heaps.add(heap)
    this.fileSystem = new FileSystem(this)
    this.tasks.spawn('init', this.cgroups.root)
  }

  /** `7.2+shrinker` */
  get fullRelease(): string {
    return this.patches === null ? this.release : `${this.release}+${this.patches}`
  }

  get drmDevices(): readonly DrmDevice[] {
    return [this.gpu, this.vgem]
  }

  /** Throws on a machine with another GPU. */
  get panfrost(): PanfrostDevice {
    if (this.gpu instanceof PanfrostDevice) return this.gpu
    throw new Error('this machine has no Panfrost device')
  }

  /** Throws on a machine with another GPU. */
  get panthor(): PanthorDevice {
    if (this.gpu instanceof PanthorDevice) return this.gpu
    throw new Error('this machine has no Panthor device')
  }

  /** Throws on a machine with another GPU. */
  get i915(): I915Device {
    if (this.gpu instanceof I915Device) return this.gpu
    throw new Error('this machine has no i915 device')
  }

  /** What all TTM devices share; null when the machine has none. */
  get ttm(): TtmGlobal | null {
    return this.#ttm
  }

  /** ttm_global_init(): for the first TTM device. */
  initTtm(isX86: boolean): TtmGlobal {
    return (this.#ttm ??= new TtmGlobal(this, isX86))
  }

  /** Throws when an accounting rule of the machine is broken: for tests. */
  checkInvariants(): void {
    checkInvariants(this)
  }

  /**
   * Runs `call` as a system call of `task`, on its main thread or on the given one. Throws TaskKilled when the process
   * was killed before or meanwhile, and is gone, or when the call was an oops, and the thread is.
   */
  syscall<T>(task: SimTask, costNs: number, call: () => T, cpu: CpuTime = task.cpu): T {
    if (task.exited) throw new TaskKilled(task.pid)
    if (this.current !== null) throw new Error('a system call inside a system call')
    this.current = { task, cpu }
    let result: T
    let endNs = 0
    try {
      this.timers.runUntil(this.taskNowNs())
      this.spend(costNs + COST_NS.syscall)
      result = this.taskWork.runAfter(call)
      this.returnToUser()
      endNs = this.taskNowNs()
    } catch (error) {
      // Without a bug that was asked for it is the simulation that is wrong.
      if (!(error instanceof KernelViolation) || this.bugs.size === 0) throw error
      this.log.oops(error.message, task)
      // make_task_dead() ends the thread that met it; the process is gone with its main one.
      if (cpu === task.cpu) this.#exitOfOops(task)
      throw new TaskKilled(task.pid)
    } finally {
      this.current = null
    }
    if (this.waiters.size > 0) for (const waiter of [...this.waiters]) waiter(endNs)
    if (task.dying) {
      // Whatever the call came to, it does not reach the process any more.
      this.tasks.exit(task, { code: null, signal: 'SIGKILL' })
      throw new TaskKilled(task.pid)
    }
    return result
  }

  /** An oops on the way out, at what the first one left behind, and it stays half gone: make_task_dead(), kernel/exit.c. */
  #exitOfOops(task: SimTask): void {
    try {
      this.tasks.exit(task, { code: null, signal: 'SIGKILL' })
    } catch (error) {
      if (!(error instanceof KernelViolation)) throw error
      this.log.oops(error.message, task)
      this.log.print('Fixing recursive fault but reboot is needed!')
    }
  }

  /** The time of the process that is in the kernel: the machine's, or later when it is busy. */
  taskNowNs(): number {
    return this.current?.cpu.nowNs(this.nowNs()) ?? this.nowNs()
  }

  /** Work of the process in the kernel. */
  spend(costNs: number): void {
    this.current?.cpu.spend(this.nowNs(), costNs)
  }

  /** The process waits for memory, without doing anything else. */
  stall(durationNs: number): void {
    this.memstall(() => this.spend(durationNs))
  }

  /** psi_memstall_enter() to _leave(): the time that `work` takes is a stall. */
  memstall(work: () => void): void {
    const { current } = this
    if (current === null) {
      work()
      return
    }
    const startNs = current.cpu.nowNs(this.nowNs())
    work()
    const endNs = current.cpu.nowNs(this.nowNs())
    let alone = true
    for (const task of this.tasks.all())
      if (task !== current.task && task.cpu.isBusyAt(startNs)) alone = false
    for (let cgroup = current.task.cgroup; ;) {
      cgroup.psi.stall(startNs, endNs, alone)
      if (cgroup.parent === null) break
      cgroup = cgroup.parent
    }
  }

  asKernelThread(work: () => void): void {
    const { current } = this
    this.current = null
    work()
    this.current = current
  }

  currentIsDying(): boolean {
    return this.current?.task.dying ?? false
  }

  /** Whose account a new page goes to: the process in the kernel, or the root for a kernel thread. */
  currentMemcg(): MemCgroup {
    return this.current?.task.cgroup.effectiveMemcg() ?? this.memcg.root
  }

  /** Up to `wanted` pages that are charged to `memcg`. 0: -ENOMEM, or the process is being killed. */
  allocateCharged(kind: ChargedKind, memcg: MemCgroup, wanted: number, gfp: Gfp): number {
    const granted = this.pages.allocate(kind, wanted, gfp)
    if (granted === 0) return 0
    let charged = 0
    while (charged < granted) {
      const more = this.memcg.charge(memcg, kind, granted - charged, gfp)
      if (more === 0) break
      charged += more
    }
    if (charged < granted) this.pages.free(kind, granted - charged)
    this.kswapd.runIfWoken()
    return charged
  }

  freeCharged(kind: ChargedKind | 'detached', memcg: MemCgroup, pages: number): void {
    if (kind === 'detached') memcg.addUsage(-pages)
    else this.memcg.uncharge(memcg, kind, pages)
    this.pages.free(kind, pages)
  }

  /** What happens on the way out of the kernel. */
  returnToUser(): void {
    this.kswapd.runIfWoken()
    this.memcg.handleOverHigh()
  }

  private allocateBootPages(pages: number): void {
    const gfp: Gfp = { directReclaim: false, kswapdReclaim: false, retryMayfail: false }
    this.allocateCharged('kernel', this.memcg.root, pages, gfp)
  }
}
