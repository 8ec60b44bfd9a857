/** The OOM killer: oom_badness(), select_bad_process(), oom_kill_process(), mm/oom_kill.c (6.12). */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import type { Cgroup } from '../fs/cgroup.js'
import { KernelPanic } from '../printk.js'
import type { SimTask } from '../process/task-struct.js'
import type { MemCgroup } from './mem-cgroup.js'
import { printHeader, printKilled, printVictim } from './oom-report.js'

const OOM_SCORE_ADJ_MIN = -1000

export class OomKiller {
  readonly #kernel: Kernel
  readonly #notifiers: (() => number)[] = []

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** register_oom_notifier(): may free pages before anybody is killed for the machine; how many it freed. */
  onOutOfMemory(notifier: () => number): void {
    this.#notifiers.push(notifier)
  }

  /**
   * Kills one process of `memcg`, or of the machine (null). False when nobody may be killed. A limit's shortage asks
   * no notifier, and SysRq kills whatever the notifiers freed. A victim ends at once here, long before the two seconds
   * after which the reaper would look for it.
   */
  outOfMemory(memcg: MemCgroup | null, reason: 'shortage' | 'sysrq' = 'shortage'): boolean {
    const kernel = this.#kernel
    if (memcg === null) {
      const freed = this.#notifiers.reduce((sum, notifier) => sum + notifier(), 0)
      if (freed > 0 && reason !== 'sysrq') return true
    }
    // A task that is on its way out frees its memory soon: no second victim.
    if (kernel.currentIsDying()) return true
    const isSysrq = reason === 'sysrq'
    const { panicOnOom, oomKillAllocatingTask } = kernel.sysctl
    if (panicOnOom === 2 || (panicOnOom === 1 && memcg === null && !isSysrq))
      throw new KernelPanic('Out of memory: panic_on_oom is enabled')
    const totalPages = Math.min(kernel.pages.totalPages + kernel.swap.totalPages, limitOf(memcg))
    const current = kernel.current?.task
    const takesCurrent =
      memcg === null &&
      oomKillAllocatingTask !== 0 &&
      current !== undefined &&
      this.badness(current, 0) !== null
    const victim = takesCurrent ? current : this.#select(memcg, totalPages)
    printHeader(kernel, memcg, isSysrq)
    if (victim === null) {
      kernel.log.print('Out of memory and no killable processes...')
      return false
    }
    printVictim(kernel, victim, memcg === null ? null : pathOf(victim.cgroup, memcg))
    kernel.spend(COST_NS.oomKill)
    const group = memcg === null ? null : oomGroup(victim, memcg)
    const path = group === null ? '' : pathOf(victim.cgroup, group)
    this.#kill(victim, memcg)
    if (group !== null) {
      group.event('oom_group_kill')
      kernel.log.print(`Tasks in ${path} are going to be killed due to memory.oom.group set`)
      for (const task of [...kernel.tasks.all()]) {
        if (task.cgroup.effectiveMemcg().isWithin(group) && task.oomScoreAdj !== OOM_SCORE_ADJ_MIN) {
          this.#kill(task, memcg)
        }
      }
    }
    return true
  }

  /** How much killing the task would bring; null when it may not be killed. */
  badness(task: SimTask, totalPages: number): number | null {
    if (task.isInit || task.oomScoreAdj === OOM_SCORE_ADJ_MIN) return null
    return task.rssPages + task.swapPages + task.oomScoreAdj * Math.floor(totalPages / 1000)
  }

  #select(memcg: MemCgroup | null, totalPages: number): SimTask | null {
    let chosen: SimTask | null = null
    let chosenPoints = -Infinity
    for (const task of this.#kernel.tasks.all()) {
      if (memcg !== null && !task.cgroup.effectiveMemcg().isWithin(memcg)) continue
      const points = this.badness(task, totalPages)
      if (points === null || points < chosenPoints) continue
      chosen = task
      chosenPoints = points
    }
    return chosen
  }

  #kill(victim: SimTask, memcg: MemCgroup | null): void {
    const kernel = this.#kernel
    kernel.events.add('oom_kill')
    victim.cgroup.effectiveMemcg().event('oom_kill')
    printKilled(kernel, victim, memcg !== null)
    kernel.tasks.kill(victim)
  }
}

/** mem_cgroup_get_oom_group(): the highest group at or below the failing one that wants to die as a whole. */
function oomGroup(victim: SimTask, domain: MemCgroup): MemCgroup | null {
  let group: MemCgroup | null = null
  for (const memcg of victim.cgroup.effectiveMemcg().upwards) {
    if (memcg.oomGroup) group = memcg
    if (memcg === domain) break
  }
  return group
}

/** mem_cgroup_get_max(): the limit, with the swap that the group may have. */
function limitOf(memcg: MemCgroup | null): number {
  if (memcg === null || memcg.maxPages === Infinity) return Infinity
  return memcg.maxPages + (memcg.swapMaxPages === Infinity ? 0 : memcg.swapMaxPages)
}

/** The path of the group's directory, which is above that of a process in it. */
function pathOf(below: Cgroup, memcg: MemCgroup): string {
  let cgroup: Cgroup | null = below
  while (cgroup !== null && cgroup.memcg !== memcg) cgroup = cgroup.parent
  return cgroup?.path ?? '/'
}
