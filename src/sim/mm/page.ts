/** The size of a page, and what a page can be used for. */

export const PAGE_SHIFT = 12
export const PAGE_SIZE = 1 << PAGE_SHIFT

/**
 * `detached`: pages that left their shmem file while a mapping still holds them; they are charged, but no statistic
 * counts them. `dmabuf`: pages of heaps' buffers, `heap-pool`: pages that a heap keeps for the next buffer, `zram`: what
 * compressed swap takes, `ttm`: pages of TTM's buffers and pools; all are the kernel's own, charged to nobody.
 */
export const PAGE_KINDS = [
  'anon',
  'shmem',
  'file',
  'kernel',
  'dmabuf',
  'heap-pool',
  'detached',
  'zram',
  'ttm',
] as const
export type PageKind = (typeof PAGE_KINDS)[number]

export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE)
}
