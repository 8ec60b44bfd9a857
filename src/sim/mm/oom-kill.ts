/** The OOM killer: oom_badness(), select_bad_process(), oom_kill_process(), mm/oom_kill.c (6.12). */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import type { SimTask } from '../process/task-struct.js'
import type { MemCgroup } from './mem-cgroup.js'
import { PAGE_SIZE } from './page.js'

const OOM_SCORE_ADJ_MIN = -1000

export class OomKiller {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Kills one process of `memcg`, or of the machine (null). False when nobody may be killed. */
  outOfMemory(memcg: MemCgroup | null): boolean {
    const kernel = this.#kernel
    // A task that is on its way out frees its memory soon: no second victim.
    if (kernel.currentIsDying()) return true
    const totalPages = Math.min(kernel.pages.totalPages, memcg?.maxPages ?? Infinity)
    const victim = this.#select(memcg, totalPages)
    const constraint = memcg === null ? 'CONSTRAINT_NONE' : 'CONSTRAINT_MEMCG'
    const current = kernel.current?.task
    if (current !== undefined) {
      kernel.log.print(`${current.name} invoked oom-killer: order=0, oom_score_adj=${current.oomScoreAdj}`)
    }
    if (victim === null) {
      kernel.log.print('Out of memory and no killable processes...')
      return false
    }
    kernel.log.print(`oom-kill:constraint=${constraint},task=${victim.name},pid=${victim.pid},uid=0`)
    kernel.spend(COST_NS.oomKill)
    const group = memcg === null ? null : oomGroup(victim, memcg)
    this.#kill(victim, memcg)
    if (group !== null) {
      group.event('oom_group_kill')
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
    return task.rssPages + task.oomScoreAdj * Math.floor(totalPages / 1000)
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
    const prefix = memcg === null ? 'Out of memory' : 'Memory cgroup out of memory'
    const anonKb = (victim.rssPages * PAGE_SIZE) / 1024
    kernel.log.print(
      `${prefix}: Killed process ${victim.pid} (${victim.name}) anon-rss:${anonKb}kB oom_score_adj:${victim.oomScoreAdj}`,
    )
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
