/** What TTM tells of its pools: ttm_pool_debugfs(), ttm_pool_debugfs_globals_show(), ttm_pool.c (6.12). */
import type { Kernel } from '../../kernel.js'
import type { TtmPool } from './ttm-pool.js'
import type { TtmPoolManager } from './ttm-pool-manager.js'
import { NR_PAGE_ORDERS, type TtmPoolType } from './ttm-pool-type.js'

const DMA_LABELS = { uncached: 'DMA uc\t:', 'write-combined': 'DMA wc\t:', cached: 'DMA \t:' } as const

/** /sys/kernel/debug/ttm/page_pool: blocks of each order. */
export function pagePoolText(manager: TtmPoolManager): string {
  const rows = Object.entries(manager.globals).map(([label, types]) => `${label}\t:${orders(types)}`)
  return header() + rows.join('') + footer(manager)
}

/** What drivers show of a pool of theirs. */
export function poolText(pool: TtmPool, manager: TtmPoolManager): string {
  const { dmaRows } = pool
  if (dmaRows === null) return 'unused\n'
  const rows = [...dmaRows].map(([caching, types]) => `${DMA_LABELS[caching]}${orders(types)}`)
  return header() + rows.join('') + footer(manager)
}

/**
 * /sys/kernel/debug/ttm/page_pool_shrink: reading it runs one scan for no page, which frees a block at most, and prints
 * both answers as unsigned numbers. C does not say which of the two is asked first; here the count is.
 */
export function pagePoolShrinkText(kernel: Kernel, manager: TtmPoolManager): string {
  const count = manager.countObjects()
  const freed = manager.scanObjects({ memcg: kernel.memcg.root, nrToScan: 0, nrScanned: 0 })
  return `${unsignedLong(count)}/${unsignedLong(freed)}\n`
}

function unsignedLong(value: number): bigint {
  return BigInt.asUintN(64, BigInt(value))
}

function header(): string {
  const columns = Array.from({ length: NR_PAGE_ORDERS }, (_, order) => ` ---${String(order).padStart(2)}---`)
  return `\t ${columns.join('')}\n`
}

function orders(types: readonly TtmPoolType[]): string {
  return `${types.map(({ blocks }) => ` ${String(blocks).padStart(8)}`).join('')}\n`
}

function footer({ allocatedPages, pageLimit }: TtmPoolManager): string {
  return `\ntotal\t: ${String(allocatedPages).padStart(8)} of ${String(pageLimit).padStart(8)}\n`
}
