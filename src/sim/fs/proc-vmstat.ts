/** /proc/vmstat and /proc/zoneinfo: mm/vmstat.c (6.12). One node, one zone. What is not modelled is left out or 0. */
import type { Kernel } from '../kernel.js'
import { miscReclaimablePages } from './proc-meminfo.js'
import { VM_EVENTS } from '../mm/vm-events.js'

function zoneCounters(kernel: Kernel): [string, number][] {
  return [
    ['nr_free_pages', kernel.pages.freePages],
    ['nr_free_cma', kernel.pages.cma?.freePages ?? 0],
  ]
}

function nodeCounters(kernel: Kernel): [string, number][] {
  const { pages } = kernel
  const shmem = pages.used('shmem')
  const inactiveAnon = kernel.memcg.root.inactiveAnonPages
  return [
    ['nr_inactive_anon', inactiveAnon],
    ['nr_active_anon', 0],
    ['nr_inactive_file', pages.used('file')],
    ['nr_active_file', 0],
    ['nr_unevictable', pages.used('anon') + shmem - inactiveAnon],
    ['nr_slab_reclaimable', 0],
    ['nr_slab_unreclaimable', pages.used('kernel')],
    ['nr_anon_pages', pages.used('anon')],
    ['nr_mapped', 0],
    ['nr_file_pages', pages.used('file') + shmem],
    ['nr_dirty', 0],
    ['nr_writeback', 0],
    ['nr_shmem', shmem],
    ['nr_kernel_misc_reclaimable', miscReclaimablePages(kernel)],
  ]
}

export function vmstatText(kernel: Kernel): string {
  const rows = [...zoneCounters(kernel), ...nodeCounters(kernel)]
  for (const event of VM_EVENTS) {
    // The kernel has one such counter for each zone that there may be.
    if (event === 'allocstall_normal') rows.push(['allocstall_dma', 0], ['allocstall_dma32', 0])
    rows.push([event, kernel.events.get(event)])
    if (event === 'allocstall_normal') rows.push(['allocstall_movable', 0])
  }
  return rows.map(([name, value]) => `${name} ${value}\n`).join('')
}

export function zoneinfoText(kernel: Kernel): string {
  const { pages } = kernel
  const { minPages, lowPages, highPages, promoPages } = pages.watermarks
  const counter = ([name, value]: [string, number]): string => `      ${name.padEnd(12)} ${value}\n`
  return [
    'Node 0, zone   Normal\n',
    '  per-node stats\n',
    ...nodeCounters(kernel).map(counter),
    `  pages free     ${pages.freePages}\n`,
    '        boost    0\n',
    `        min      ${minPages}\n`,
    `        low      ${lowPages}\n`,
    `        high     ${highPages}\n`,
    `        promo    ${promoPages}\n`,
    `        spanned  ${pages.totalPages}\n`,
    `        present  ${pages.totalPages}\n`,
    `        managed  ${pages.totalPages}\n`,
    `        cma      ${pages.cma?.totalPages ?? 0}\n`,
    '        protection: (0, 0, 0, 0)\n',
    ...zoneCounters(kernel).map(counter),
    '  pagesets\n',
    '  node_unreclaimable:  0\n',
    '  start_pfn:           262144\n',
  ].join('')
}
