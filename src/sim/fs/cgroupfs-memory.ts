/** The memory.* files of a cgroup and what a write to them starts: memory_files[], mm/memcontrol.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import { memparse } from '../lib/memparse.js'
import { MEMCG_EVENTS, type MemCgroup } from '../mm/mem-cgroup.js'
import { PAGE_SIZE } from '../mm/page.js'
import type { Cgroup } from './cgroup.js'
import { memoryStatText } from './cgroupfs-memory-stat.js'
import { cgroupFile, type PseudoFile } from './pseudo-file.js'

const MAX_RECLAIM_RETRIES = 16

/** By name; none when the group has no memory controller. The root has few of them. */
export function memoryFiles(kernel: Kernel, group: Cgroup): Map<string, PseudoFile> {
  const { memcg } = group
  const files = new Map<string, PseudoFile>()
  if (memcg === null) return files
  files.set(
    'memory.stat',
    cgroupFile(() => memoryStatText(memcg)),
  )
  files.set(
    'memory.reclaim',
    cgroupFile(null, (text) => writeReclaim(kernel, memcg, text)),
  )
  if (memcg.isRoot) return files

  const bytes = (pages: number): string => `${pages * PAGE_SIZE}\n`
  const limit = (pages: number): string => (pages === Infinity ? 'max\n' : bytes(pages))
  const events = (counts: MemCgroup['events']): string =>
    MEMCG_EVENTS.map((event) => `${event} ${counts[event]}\n`).join('')
  files.set(
    'memory.current',
    cgroupFile(() => bytes(memcg.usagePages)),
  )
  files.set(
    'memory.peak',
    cgroupFile(() => bytes(memcg.peakPages)),
  )
  files.set(
    'memory.events',
    cgroupFile(() => events(memcg.events)),
  )
  files.set(
    'memory.events.local',
    cgroupFile(() => events(memcg.eventsLocal)),
  )
  files.set(
    'memory.swap.current',
    cgroupFile(() => '0\n'),
  )
  files.set(
    'memory.max',
    cgroupFile(
      () => limit(memcg.maxPages),
      (text) => writeMax(kernel, memcg, text),
    ),
  )
  files.set(
    'memory.high',
    cgroupFile(
      () => limit(memcg.highPages),
      (text) => writeHigh(kernel, memcg, text),
    ),
  )
  files.set(
    'memory.oom.group',
    cgroupFile(
      () => (memcg.oomGroup ? '1\n' : '0\n'),
      (text) => writeOomGroup(memcg, text),
    ),
  )
  return files
}

/** page_counter_memparse(): pages, rounded down. */
function parseLimit(text: string): number | null {
  const stripped = text.trim()
  if (stripped === 'max') return Infinity
  const parsed = memparse(stripped)
  if (parsed?.rest !== '') return null
  return Number(parsed.value / BigInt(PAGE_SIZE))
}

/** Reclaims what is above the new limit, then kills until it fits or nobody is left. */
function writeMax(kernel: Kernel, memcg: MemCgroup, text: string): NegativeErrno | 0 {
  const max = parseLimit(text)
  if (max === null) return -ERRNO.EINVAL
  memcg.maxPages = max
  for (let retries = MAX_RECLAIM_RETRIES; memcg.usagePages > max;) {
    if (kernel.currentIsDying()) break
    if (retries > 0) {
      if (kernel.vmscan.tryToFreeMemCgroupPages(memcg, memcg.usagePages - max) === 0) retries--
      continue
    }
    if (!kernel.memcg.outOfMemory(memcg)) break
  }
  return 0
}

/** Reclaims what is above the new limit. Never kills. */
function writeHigh(kernel: Kernel, memcg: MemCgroup, text: string): NegativeErrno | 0 {
  const high = parseLimit(text)
  if (high === null) return -ERRNO.EINVAL
  memcg.highPages = high
  for (let retries = MAX_RECLAIM_RETRIES; memcg.usagePages > high;) {
    const reclaimed = kernel.vmscan.tryToFreeMemCgroupPages(memcg, memcg.usagePages - high)
    if (reclaimed === 0 && retries-- === 0) break
  }
  return 0
}

/** memory_reclaim(): "<bytes> [swappiness=N]". -EAGAIN says that too few pages of page cache went, not what purged. */
function writeReclaim(kernel: Kernel, memcg: MemCgroup, text: string): NegativeErrno | 0 {
  const parsed = memparse(text.trim())
  if (parsed === null) return -ERRNO.EINVAL
  for (const option of parsed.rest.trim().split(' ')) {
    if (option === '') continue
    const swappiness = /^swappiness=([0-9]+)$/.exec(option)
    if (swappiness === null || Number(swappiness[1]) > 200) return -ERRNO.EINVAL
  }
  const wanted = Number(parsed.value / BigInt(PAGE_SIZE))
  let reclaimed = 0
  for (let retries = MAX_RECLAIM_RETRIES; reclaimed < wanted;) {
    if (kernel.currentIsDying()) return -ERRNO.EINTR
    const batch = Math.floor((wanted - reclaimed) / 4)
    const more = kernel.vmscan.tryToFreeMemCgroupPages(memcg, batch)
    if (more === 0 && retries-- === 0) return -ERRNO.EAGAIN
    reclaimed += more
  }
  return 0
}

function writeOomGroup(memcg: MemCgroup, text: string): NegativeErrno | 0 {
  const value = text.trim()
  if (value !== '0' && value !== '1') return -ERRNO.EINVAL
  memcg.oomGroup = value === '1'
  return 0
}
