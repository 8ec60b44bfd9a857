/**
 * What work costs in the model of the heap benchmark, in nanoseconds. Nothing here was measured by this project: `fitted`
 * ones were chosen so that the ratios of the table in the cover letter of "Generic page pool & deferred freeing for
 * system dmabuf heap" (RFC v6, February 2021) come out, `assumed` ones are an order of magnitude.
 */
export interface HeapModelConstants {
  /** Fitted: an allocation and close(2) by dma-heap.c, without their pages. */
  readonly callNs: number
  /** Fitted: the same by ION. */
  readonly ionCallNs: number
  /** Fitted: zeroing a page of a buffer that fits the caches, and of one that does not. */
  readonly zeroPageNs: number
  readonly zeroPageColdNs: number
  /** Assumed: larger buffers do not fit the caches. The table says no more than that it is from 1 to 8 MiB. */
  readonly cacheBytes: number
  /** Fitted: ION's thread zeroes through a vmap() of 32 pages each, so that it takes so many times as long. */
  readonly ionZeroFactor: number
  /** Fitted: what ION's thread takes for a buffer besides. The table demands it; what it is spent on is not known. */
  readonly ionBufferNs: number
  /** Assumed: taking a block from the page allocator or from a pool, with its entry of the sg table. */
  readonly blockNs: number
  /** Assumed: giving a block back to the page allocator. */
  readonly freeBlockNs: number
  /** Assumed: putting a buffer on the list and waking the thread. */
  readonly deferNs: number
  /** Assumed: when pools, lists and buffers have so much, the shrinker takes it back. */
  readonly memoryBytes: number
}

export const CONSTANTS: HeapModelConstants = {
  callNs: 16_600,
  ionCallNs: 18_700,
  zeroPageNs: 240,
  zeroPageColdNs: 640,
  cacheBytes: 4 << 20,
  ionZeroFactor: 1.25,
  ionBufferNs: 300_000,
  blockNs: 150,
  freeBlockNs: 150,
  deferNs: 400,
  memoryBytes: 2 ** 32,
}
