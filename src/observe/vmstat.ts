/** /proc/vmstat: mm/vmstat.c. */
import type { KernelFiles } from '../board/kernel-files.js'
import { keyValue, sumOfKeys } from './key-values.js'
import { readOrThrow } from './read.js'

/** Counters since boot. */
export interface VmCounters {
  /** Processes killed by the OOM killer, global and memcg together. */
  readonly oomKills: number
  /** Objects that shrinkers were asked to scan. */
  readonly slabsScanned: number
  /** Rounds of drop_caches over the slab. */
  readonly dropSlabs: number
  /** Entries into direct reclaim. */
  readonly allocStalls: number
  readonly pagesSwappedOut: number
}

export async function readVmCounters(files: KernelFiles): Promise<VmCounters> {
  const text = await readOrThrow(files, '/proc/vmstat')
  return {
    oomKills: keyValue(text, 'oom_kill') ?? 0,
    slabsScanned: keyValue(text, 'slabs_scanned') ?? 0,
    dropSlabs: keyValue(text, 'drop_slab') ?? 0,
    allocStalls: sumOfKeys(text, 'allocstall_'),
    pagesSwappedOut: keyValue(text, 'pswpout') ?? 0,
  }
}

/** Folds the per-processor counters into the global ones, so that a reading is exact (vm.stat_refresh; root only). */
export async function refreshVmCounters(files: KernelFiles): Promise<void> {
  await files.write('/proc/sys/vm/stat_refresh', '1')
}
