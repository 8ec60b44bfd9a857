/** /proc/meminfo: fs/proc/meminfo.c; si_mem_available(), mm/show_mem.c (6.12). What is not modelled is 0. */
import type { Kernel } from '../kernel.js'
import { PAGE_SIZE } from '../mm/page.js'

export function meminfoText(kernel: Kernel): string {
  const { pages } = kernel
  const file = pages.used('file')
  const shmem = pages.used('shmem')
  const anon = pages.used('anon')
  const inactiveAnon = kernel.memcg.root.inactiveAnonPages
  const kernelPages = pages.used('kernel')
  const rows: [string, number][] = [
    ['MemTotal', pages.totalPages],
    ['MemFree', pages.freePages],
    ['MemAvailable', availablePages(kernel)],
    ['Buffers', 0],
    ['Cached', file + shmem],
    ['SwapCached', 0],
    ['Active', 0],
    ['Inactive', inactiveAnon + file],
    ['Active(anon)', 0],
    ['Inactive(anon)', inactiveAnon],
    ['Active(file)', 0],
    ['Inactive(file)', file],
    ['Unevictable', anon + shmem - inactiveAnon],
    ['Mlocked', 0],
    ['SwapTotal', kernel.swap.totalPages],
    ['SwapFree', kernel.swap.freePages],
    ['Dirty', 0],
    ['Writeback', 0],
    ['AnonPages', anon],
    ['Mapped', 0],
    ['Shmem', shmem],
    ['KReclaimable', miscReclaimablePages(kernel)],
    ['Slab', kernelPages],
    ['SReclaimable', 0],
    ['SUnreclaim', kernelPages],
    ['KernelStack', 0],
    ['PageTables', 0],
    ['CmaTotal', pages.cma?.totalPages ?? 0],
    ['CmaFree', pages.cma?.freePages ?? 0],
  ]
  return rows.map(([name, count]) => line(name, count)).join('')
}

/** show_val_kb(): the name and blanks fill 16 columns, the number 8. */
function line(name: string, pages: number): string {
  return `${`${name}:`.padEnd(16)}${String((pages * PAGE_SIZE) / 1024).padStart(8)} kB\n`
}

/** NR_KERNEL_MISC_RECLAIMABLE: there is no reclaimable slab here besides. */
export function miscReclaimablePages({ pages, poolsReclaimable }: Kernel): number {
  return poolsReclaimable ? pages.used('heap-pool') : 0
}

/** Free pages above the reserve, and page cache and reclaimable pages but for what the kernel wants to keep of them. */
function availablePages(kernel: Kernel): number {
  const { lowPages, highPages } = kernel.pages.watermarks
  const mostOf = (count: number) => count - Math.min(Math.floor(count / 2), lowPages)
  const cache = mostOf(kernel.pages.used('file'))
  return Math.max(0, kernel.pages.freePages - highPages + cache + mostOf(miscReclaimablePages(kernel)))
}

/** /proc/swaps: swap_show(), mm/swapfile.c. */
export function swapsText({ swap }: Kernel): string {
  const header = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'
  if (swap.totalPages === 0) return header
  const kib = (pages: number): string => {
    const text = String((pages * PAGE_SIZE) / 1024)
    return text.length < 8 ? `${text}\t` : text
  }
  return `${header}${swap.deviceName.padEnd(40)}partition\t${kib(swap.totalPages)}\t${kib(swap.usedPages)}\t-2\n`
}
