/** One process: include/linux/sched.h (6.12), as far as memory management sees it. */
import type { Cgroup } from '../fs/cgroup.js'
import type { Vma } from '../mm/vma.js'
import { CpuTime } from './cpu-time.js'
import { FileTable } from './file-table.js'

export class SimTask {
  readonly pid: number
  /** comm: set at fork, and by the task itself through /proc/self/comm. */
  name: string
  readonly isInit: boolean
  cgroup: Cgroup
  /** /proc/<pid>/oom_score_adj, -1000 to 1000. -1000: never killed. */
  oomScoreAdj: number
  readonly files = new FileTable()
  readonly vmas = new Set<Vma>()
  #cpu = new CpuTime()
  /** memcg_nr_pages_over_high: charged above memory.high since the last return to user space. */
  pagesOverHigh = 0
  /** SIGKILL is pending: the task ends at the next chance. */
  dying = false
  exited = false

  constructor(pid: number, name: string, cgroup: Cgroup, oomScoreAdj: number) {
    this.pid = pid
    this.name = name
    this.isInit = pid === 1
    this.cgroup = cgroup
    this.oomScoreAdj = oomScoreAdj
  }

  /** The time of the thread that runs: the main one, unless in runAs(). */
  get cpu(): CpuTime {
    return this.#cpu
  }

  /** Runs `work` as another thread of the process, whose time it takes. */
  runAs<T>(cpu: CpuTime, work: () => T): T {
    const main = this.#cpu
    this.#cpu = cpu
    try {
      return work()
    } finally {
      this.#cpu = main
    }
  }

  /** Resident pages as the OOM killer counts them: GEM and heap mappings are raw page frames and not in it. */
  get rssPages(): number {
    let pages = 0
    for (const vma of this.vmas) pages += vma.rssPages
    return pages
  }

  /** Swap slots that its pages are in: MM_SWAPENTS. */
  get swapPages(): number {
    let pages = 0
    for (const vma of this.vmas) pages += vma.swapPages
    return pages
  }

  get totalVmPages(): number {
    let pages = 0
    for (const vma of this.vmas) pages += vma.pages
    return pages
  }
}
