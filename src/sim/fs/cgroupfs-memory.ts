/** The memory.* files of a cgroup and what a write to them starts: memory_files[], mm/memcontrol.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import { memparse } from '../lib/memparse.js'
import { reclaimMemcg } from '../mm/proactive-reclaim.js'
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
    cgroupFile(null, (text) => reclaimMemcg(kernel, memcg, text)),
  )
  if (memcg.isRoot) return files

  const events = (counts: MemCgroup['events']): string =>
    MEMCG_EVENTS.map((event) => `${event} ${counts[event]}\n`).join('')
  const entries: [string, PseudoFile][] = [
    ['memory.current', cgroupFile(() => bytes(memcg.usagePages))],
    ['memory.peak', cgroupFile(() => bytes(memcg.peakPages), resetPeak)],
    ['memory.events', cgroupFile(() => events(memcg.events))],
    ['memory.events.local', cgroupFile(() => events(memcg.eventsLocal))],
    ['memory.min', limitFile(memcg, 'minPages')],
    ['memory.low', limitFile(memcg, 'lowPages')],
    [
      'memory.high',
      cgroupFile(
        () => limitText(memcg.highPages),
        (text) => writeHigh(kernel, memcg, text),
      ),
    ],
    [
      'memory.max',
      cgroupFile(
        () => limitText(memcg.maxPages),
        (text) => writeMax(kernel, memcg, text),
      ),
    ],
    [
      'memory.oom.group',
      cgroupFile(
        () => (memcg.oomGroup ? '1\n' : '0\n'),
        (text) => writeOomGroup(memcg, text),
      ),
    ],
    ['memory.swap.current', cgroupFile(() => bytes(memcg.swapPages))],
    ['memory.swap.peak', cgroupFile(() => bytes(memcg.swapPeakPages), resetPeak)],
    ['memory.swap.high', limitFile(memcg, 'swapHighPages')],
    ['memory.swap.max', limitFile(memcg, 'swapMaxPages')],
    ['memory.swap.events', cgroupFile(() => swapEventsText(memcg))],
  ]
  for (const [name, file] of entries) files.set(name, file)
  return files
}

const bytes = (pages: number): string => `${pages * PAGE_SIZE}\n`
const limitText = (pages: number): string => (pages === Infinity ? 'max\n' : bytes(pages))

/** A write starts a new peak for the open file alone, and each access here opens the file anew. */
const resetPeak = (): 0 => 0

/** A limit whose change starts nothing. */
function limitFile(
  memcg: MemCgroup,
  field: 'minPages' | 'lowPages' | 'swapHighPages' | 'swapMaxPages',
): PseudoFile {
  return cgroupFile(
    () => limitText(memcg[field]),
    (text) => {
      const pages = parseLimit(text)
      if (pages === null) return -ERRNO.EINVAL
      memcg[field] = pages
      return 0
    },
  )
}

function swapEventsText({ swapEvents }: MemCgroup): string {
  return `high ${swapEvents.high}\nmax ${swapEvents.max}\nfail ${swapEvents.fail}\n`
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

function writeOomGroup(memcg: MemCgroup, text: string): NegativeErrno | 0 {
  const value = text.trim()
  if (value !== '0' && value !== '1') return -ERRNO.EINVAL
  memcg.oomGroup = value === '1'
  return 0
}
