/** What the OOM killer prints: dump_header(), dump_tasks(), dump_oom_victim(), mm/oom_kill.c (6.12), without the stack. */
import type { Kernel } from '../kernel.js'
import type { SimTask } from '../process/task-struct.js'
import type { MemCgroup } from './mem-cgroup.js'
import { PAGE_SIZE } from './page.js'

/** Of a fault in anonymous memory, of a charge, and of SysRq. */
const GFP_TEXT = {
  global: '0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0',
  memcg: '0xcc0(GFP_KERNEL), order=0',
  sysrq: '0xcc0(GFP_KERNEL), order=-1',
}
const kib = (pages: number): number => (pages * PAGE_SIZE) / 1024
/** A limit of "max" is PAGE_COUNTER_MAX: LONG_MAX in pages. */
const limitKib = (pages: number): string => (pages === Infinity ? '9007199254740988' : String(kib(pages)))

export function printHeader(kernel: Kernel, memcg: MemCgroup | null, isSysrq: boolean): void {
  const { log, current, sysctl } = kernel
  const [name, adj] = [current?.task.name ?? 'kswapd0', current?.task.oomScoreAdj ?? 0]
  const gfp = GFP_TEXT[isSysrq ? 'sysrq' : memcg === null ? 'global' : 'memcg']
  log.print(`${name} invoked oom-killer: gfp_mask=${gfp}, oom_score_adj=${adj}`)
  if (memcg !== null) {
    const { usagePages, maxPages, failedCharges, swapPages, swapMaxPages, swapEvents } = memcg
    log.print(`memory: usage ${kib(usagePages)}kB, limit ${limitKib(maxPages)}kB, failcnt ${failedCharges}`)
    log.print(`swap: usage ${kib(swapPages)}kB, limit ${limitKib(swapMaxPages)}kB, failcnt ${swapEvents.max}`)
  }
  if (sysctl.oomDumpTasks !== 0) printTasks(kernel, memcg)
}

function printTasks({ log, tasks }: Kernel, memcg: MemCgroup | null): void {
  log.print('Tasks state (memory values in pages):')
  log.print(
    '[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name',
  )
  for (const task of tasks.all()) {
    if (memcg !== null && !task.cgroup.effectiveMemcg().isWithin(memcg)) continue
    const pad = (value: number, width: number): string => String(value).padStart(width)
    log.print(
      `[${pad(task.pid, 7)}] ${pad(0, 5)} ${pad(task.pid, 5)} ${pad(task.totalVmPages, 8)} ` +
        `${pad(task.rssPages, 8)} ${pad(task.rssPages, 8)} ${pad(0, 8)} ${pad(0, 9)} ${pad(0, 8)} ` +
        `${pad(task.swapPages, 8)}         ${pad(task.oomScoreAdj, 5)} ${task.name}`,
    )
  }
}

/** `path` is the cgroup of the limit; null when the machine is out of memory. */
export function printVictim({ log }: Kernel, victim: SimTask, path: string | null): void {
  const constraint = path === null ? 'CONSTRAINT_NONE' : 'CONSTRAINT_MEMCG'
  const domain = path === null ? 'global_oom' : `oom_memcg=${path}`
  log.print(
    `oom-kill:constraint=${constraint},nodemask=(null),cpuset=/,mems_allowed=0,${domain},` +
      `task_memcg=${victim.cgroup.path},task=${victim.name},pid=${victim.pid},uid=0`,
  )
}

export function printKilled({ log }: Kernel, victim: SimTask, isMemcg: boolean): void {
  const prefix = isMemcg ? 'Memory cgroup out of memory' : 'Out of memory'
  log.print(
    `${prefix}: Killed process ${victim.pid} (${victim.name}) total-vm:${kib(victim.totalVmPages)}kB, ` +
      `anon-rss:${kib(victim.rssPages)}kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:0kB ` +
      `oom_score_adj:${victim.oomScoreAdj}`,
  )
}
