/**
 * What work costs on the simulated machine, in nanoseconds. Modelled after a small 64-bit Arm board, never measured:
 * only the order of magnitude matters, so that time moves on with work and bigger work takes longer.
 */
export const COST_NS = {
  /** Into the kernel and back. */
  syscall: 400,
  /** An ioctl that only looks things up or changes a list. */
  ioctl: 2_000,
  /** open(2), close(2), mmap(2), munmap(2) without their pages. */
  fileOperation: 3_000,
  /** clear_page() of a new page. */
  zeroPage: 250,
  /** A page fault without the page. */
  pageFault: 700,
  /** Writing or comparing one page through a mapping. */
  touchPage: 400,
  /** Giving one page back to the allocator. */
  freePage: 60,
  /** Reclaiming one page of the page cache. */
  reclaimPage: 500,
  /** Writing a page to the swap device, or reading it in. */
  swapPage: 20_000,
  /** One look at a list of pages or at a shrinker's count. */
  reclaimPass: 1_000,
  /** Tearing down one purged buffer object, without its pages. */
  purgeObject: 20_000,
  /** Choosing and killing a process. */
  oomKill: 2_000_000,
  /** Making a process. */
  fork: 1_000_000,
  /** Reading or writing a pseudo-file, without what the write starts. */
  pseudoFile: 20_000,
} as const
