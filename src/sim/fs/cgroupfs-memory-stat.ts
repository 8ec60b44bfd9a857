/** The text of memory.stat: memory_stat_format(), mm/memcontrol.c (6.12). What is not modelled is 0. */
import type { MemCgroup } from '../mm/mem-cgroup.js'
import { PAGE_SIZE } from '../mm/page.js'

export function memoryStatText(memcg: MemCgroup): string {
  const { anon, shmem, file, kernel } = memcg.stat
  const { inactiveAnonPages, scans, steals } = memcg
  const bytes: Record<string, number> = {
    anon,
    // Pages of shmem files are pages of files as well.
    file: file + shmem,
    kernel,
    shmem,
    inactive_anon: inactiveAnonPages,
    inactive_file: file,
    // What a driver holds is on no other list.
    unevictable: anon + shmem - inactiveAnonPages,
  }
  const counts: Record<string, number> = {
    pgscan: scans.kswapd + scans.direct,
    pgsteal: steals.kswapd + steals.direct,
    pgscan_kswapd: scans.kswapd,
    pgscan_direct: scans.direct,
    pgsteal_kswapd: steals.kswapd,
    pgsteal_direct: steals.direct,
  }
  return [
    ...BYTES.map((name) => `${name} ${(bytes[name] ?? 0) * PAGE_SIZE}\n`),
    ...COUNTS.map((name) => `${name} ${counts[name] ?? 0}\n`),
  ].join('')
}

/** memory_stats[], with what Debian's configuration brings. */
const BYTES = (
  'anon file kernel kernel_stack pagetables sec_pagetables percpu sock vmalloc shmem zswap zswapped file_mapped ' +
  'file_dirty file_writeback swapcached anon_thp file_thp shmem_thp inactive_anon active_anon inactive_file ' +
  'active_file unevictable slab_reclaimable slab_unreclaimable slab'
).split(' ')

const COUNTS = (
  'workingset_refault_anon workingset_refault_file workingset_activate_anon workingset_activate_file ' +
  'workingset_restore_anon workingset_restore_file workingset_nodereclaim pgdemote_kswapd pgdemote_direct ' +
  'pgdemote_khugepaged pgpromote_success pgscan pgsteal pgscan_kswapd pgscan_direct pgscan_khugepaged ' +
  'pgsteal_kswapd pgsteal_direct pgsteal_khugepaged pgfault pgmajfault pgrefill pgactivate pgdeactivate ' +
  'pglazyfree pglazyfreed swpin_zero swpout_zero zswpin zswpout zswpwb thp_fault_alloc thp_collapse_alloc ' +
  'thp_swpout thp_swpout_fallback numa_pages_migrated numa_pte_updates numa_hint_faults'
).split(' ')
