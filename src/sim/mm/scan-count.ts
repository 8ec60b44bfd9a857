/**
 * How many pages of each list a pass looks at: prepare_scan_control(), get_scan_count(), mm/vmscan.c (6.12). All pages
 * are on the inactive lists, and refaults are not counted, so both kinds cost the same but for swappiness.
 */
import type { Kernel } from '../kernel.js'
import type { MemCgroup } from './mem-cgroup.js'
import { type ScanControl, SWAP_CLUSTER_MAX } from './scan-control.js'

const MAX_SWAPPINESS = 200

export interface ScanCount {
  readonly anon: number
  readonly file: number
}

/** What one pass decides for all of its cgroups. */
export interface ScanBalance {
  /** There is plenty of page cache: anonymous pages are left alone. */
  readonly cacheTrimMode: boolean
  /** There is hardly any: only anonymous pages are looked at. */
  readonly fileIsTiny: boolean
}

export function prepareScanControl(kernel: Kernel, control: ScanControl): ScanBalance {
  const { pages, memcg } = kernel
  const target = control.target ?? memcg.root
  const share = 2 ** control.priority
  const file = pages.used('file')
  const isTiny = file + pages.freePages <= pages.watermarks.highPages
  return {
    cacheTrimMode: !control.noCacheTrimMode && Math.floor(target.stat.file / share) > 0,
    fileIsTiny: control.target === null && isTiny && Math.floor(memcg.root.inactiveAnonPages / share) > 0,
  }
}

export function canReclaimAnon(kernel: Kernel, memcg: MemCgroup | null): boolean {
  return kernel.swap.freePagesFor(memcg) > 0
}

export function getScanCount(
  kernel: Kernel,
  memcg: MemCgroup,
  control: ScanControl,
  balance: ScanBalance,
): ScanCount {
  const swappiness = control.swappiness ?? kernel.sysctl.swappiness
  const { anon, file } = shares(kernel, memcg, control, balance, swappiness)
  return {
    anon: Math.floor(scanOf(memcg, memcg.anonLruPages, control) * anon),
    file: Math.floor(scanOf(memcg, memcg.fileLruPages, control) * file),
  }
}

function shares(
  kernel: Kernel,
  memcg: MemCgroup,
  control: ScanControl,
  { cacheTrimMode, fileIsTiny }: ScanBalance,
  swappiness: number,
): ScanCount {
  const onlyFile = { anon: 0, file: 1 }
  if (!canReclaimAnon(kernel, memcg)) return onlyFile
  // The machine may swap even with swappiness 0 rather than run out of memory, a cgroup may not.
  if (control.target !== null && swappiness === 0) return onlyFile
  if (control.priority === 0 && swappiness > 0) return { anon: 1, file: 1 }
  if (fileIsTiny) return { anon: 1, file: 0 }
  if (cacheTrimMode) return onlyFile
  return { anon: swappiness / MAX_SWAPPINESS, file: (MAX_SWAPPINESS - swappiness) / MAX_SWAPPINESS }
}

/** Less of a list whose group is protected in part. */
function scanOf(memcg: MemCgroup, size: number, control: ScanControl): number {
  let scan = size
  const isTarget = memcg === control.target || memcg.isRoot
  const [min, low] = isTarget ? [0, 0] : [memcg.effectiveMin, memcg.effectiveLow]
  if (min > 0 || low > 0) {
    let protection = min
    if (!control.lowReclaim && low > min) {
      protection = low
      control.lowSkipped = true
    }
    const groupSize = Math.max(memcg.usagePages, protection)
    scan = Math.max(size - Math.floor((size * protection) / (groupSize + 1)), SWAP_CLUSTER_MAX)
  }
  scan = Math.floor(scan / 2 ** control.priority)
  // A group that is being removed gives up its last pages at any priority.
  return scan === 0 && !memcg.online ? Math.min(size, SWAP_CLUSTER_MAX) : scan
}
