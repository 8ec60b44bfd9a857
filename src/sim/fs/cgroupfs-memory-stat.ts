/** The text of memory.stat: memory_stat_format(), mm/memcontrol.c (6.12). What is not modelled is 0. */
import type { MemCgroup } from '../mm/mem-cgroup.js'
import { PAGE_SIZE } from '../mm/page.js'

export function memoryStatText(memcg: MemCgroup): string {
  const { anon, shmem, file, kernel } = memcg.stat
  const bytes: [string, number][] = [
    ['anon', anon],
    // Pages of shmem files are pages of files as well.
    ['file', file + shmem],
    ['kernel', kernel],
    ['kernel_stack', 0],
    ['pagetables', 0],
    ['sock', 0],
    ['shmem', shmem],
    ['file_mapped', 0],
    ['file_dirty', 0],
    ['file_writeback', 0],
    ['swapcached', 0],
    ['inactive_anon', anon],
    ['active_anon', 0],
    ['inactive_file', file],
    ['active_file', 0],
    // What a driver holds is on no other list.
    ['unevictable', shmem],
    ['slab_reclaimable', 0],
    ['slab_unreclaimable', 0],
    ['slab', 0],
  ]
  const counts: [string, number][] = [
    ['pgscan', memcg.scans.kswapd + memcg.scans.direct],
    ['pgsteal', memcg.steals.kswapd + memcg.steals.direct],
  ]
  return [
    ...bytes.map(([name, pages]) => `${name} ${pages * PAGE_SIZE}\n`),
    ...counts.map(([name, count]) => `${name} ${count}\n`),
  ].join('')
}
