/**
 * Whom the OOM killer took, from what it prints: dump_oom_victim() and __oom_kill_process(), mm/oom_kill.c (6.1, 6.12 and 7.2
 * alike). The line of the kill comes always. The summary before it is rate limited, and those who die along with the victim
 * (memory.oom.group) have none.
 */

export interface OomKill {
  readonly pid: number
  /** Its comm. */
  readonly task: string
  /** What was short of memory: a cgroup at its limit, or the machine (a cpuset and a memory policy are parts of that). */
  readonly scope: 'memcg' | 'global'
  /** `CONSTRAINT_MEMCG`; this and what follows is absent where there was no summary. */
  readonly constraint?: string
  /** The cgroup whose limit it was. */
  readonly memcg?: string
  /** The cgroup of the victim. */
  readonly taskMemcg?: string
}

/** Names of tasks and cgroups may have commas, so the ends count. Without CONFIG_MEMCG there are no cgroups in it. */
const SUMMARY =
  /^oom-kill:constraint=(\w+),nodemask=.*?(?:,oom_memcg=(.*?)|,global_oom)?(?:,task_memcg=(.*))?,task=.*,pid=(\d+),uid=\d+$/
/** The reason may have an addition: `Out of memory (oom_kill_allocating_task)`. */
const KILLED = /^(Out of memory|Memory cgroup out of memory)\b.*?: Killed process (\d+) \((.*)\) total-vm:/

type Summary = Pick<OomKill, 'constraint' | 'memcg' | 'taskMemcg'>

/** Puts the lines of one kill together. */
export class OomKillReader {
  #last: { readonly pid: number; readonly summary: Summary } | undefined

  /** The kill that is complete with this line of the kernel's. */
  add(line: string): OomKill | undefined {
    const summary = SUMMARY.exec(line)
    if (summary !== null) {
      const [, constraint, memcg, taskMemcg, pid] = summary
      this.#last = {
        pid: Number(pid),
        summary: {
          ...(constraint !== undefined && { constraint }),
          ...(memcg !== undefined && { memcg }),
          ...(taskMemcg !== undefined && { taskMemcg }),
        },
      }
      return undefined
    }
    const [, reason, digits, task] = KILLED.exec(line) ?? []
    if (digits === undefined || task === undefined) return undefined
    const pid = Number(digits)
    const scope = reason === 'Out of memory' ? 'global' : 'memcg'
    return { pid, task, scope, ...(this.#last?.pid === pid && this.#last.summary) }
  }
}
