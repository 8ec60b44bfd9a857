/**
 * The free pages that TTM keeps of one caching and one order: struct ttm_pool_type, drivers/gpu/drm/ttm/ttm_pool.c (6.12).
 *
 * Blocks are counted, not placed: they are cleared when they are given, so that one is as good as another.
 */

/** enum ttm_caching, by number. */
export const TTM_CACHINGS = ['uncached', 'write-combined', 'cached'] as const
export type TtmCaching = (typeof TTM_CACHINGS)[number]

/** NR_PAGE_ORDERS with pages of 4 KiB: blocks of 1 to 1024 pages. */
export const NR_PAGE_ORDERS = 11
export const MAX_PAGE_ORDER = NR_PAGE_ORDERS - 1

export class TtmPoolType {
  readonly caching: TtmCaching
  readonly order: number
  blocks = 0

  constructor(caching: TtmCaching, order: number) {
    this.caching = caching
    this.order = order
  }

  get blockPages(): number {
    return 2 ** this.order
  }
}

/** One for each order. */
export function poolTypes(caching: TtmCaching): TtmPoolType[] {
  return Array.from({ length: NR_PAGE_ORDERS }, (_, order) => new TtmPoolType(caching, order))
}
