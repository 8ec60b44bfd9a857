/** /proc/meminfo: fs/proc/meminfo.c; si_mem_available(), mm/show_mem.c (6.12). What is not modelled is 0. */
import type { Kernel } from '../kernel.js'
import { PAGE_SIZE } from '../mm/page.js'

export function meminfoText(kernel: Kernel): string {
  const { pages } = kernel
  const file = pages.used('file')
  const shmem = pages.used('shmem')
  const anon = pages.used('anon')
  const kernelPages = pages.used('kernel')
  const rows: [string, number][] = [
    ['MemTotal', pages.totalPages],
    ['MemFree', pages.freePages],
    ['MemAvailable', availablePages(kernel)],
    ['Buffers', 0],
    ['Cached', file + shmem],
    ['SwapCached', 0],
    ['Active', 0],
    ['Inactive', anon + file],
    ['Active(anon)', 0],
    ['Inactive(anon)', anon],
    ['Active(file)', 0],
    ['Inactive(file)', file],
    ['Unevictable', shmem],
    ['Mlocked', 0],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', 0],
    ['Writeback', 0],
    ['AnonPages', anon],
    ['Mapped', 0],
    ['Shmem', shmem],
    ['KReclaimable', 0],
    ['Slab', kernelPages],
    ['SReclaimable', 0],
    ['SUnreclaim', kernelPages],
    ['KernelStack', 0],
    ['PageTables', 0],
  ]
  return rows.map(([name, count]) => line(name, count)).join('')
}

/** show_val_kb(): the name and blanks fill 16 columns, the number 8. */
function line(name: string, pages: number): string {
  return `${`${name}:`.padEnd(16)}${String((pages * PAGE_SIZE) / 1024).padStart(8)} kB\n`
}

/** Free pages above the reserve, and the page cache but for what the kernel wants to keep of it. */
function availablePages(kernel: Kernel): number {
  const { lowPages, highPages } = kernel.pages.watermarks
  const cache = kernel.pages.used('file')
  const keep = Math.min(Math.floor(cache / 2), lowPages)
  return Math.max(0, kernel.pages.freePages - highPages + cache - keep)
}
