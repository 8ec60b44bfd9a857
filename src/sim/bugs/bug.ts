/** A real bug of a kernel that the simulated one can be given back: where the fix is, the code asks for it by name. */

export interface KernelBug {
  readonly name: BugName
  readonly title: string
  /** The commit that fixed it, or the report. */
  readonly fix: string
  /** Kernels that have it. */
  readonly kernels: string
  /** What the simulated kernel leaves out or does differently. */
  readonly change: string
}

export const BUG_NAMES = [
  'double-dontneed',
  'purge-against-free',
  'madvise-shrinker-abba',
  'shared-bo-purged',
  'handle-guess',
  'heap-fault-put-pages',
  'heap-fault-got-pages-sgt',
  'gem-lru-on-stack',
  'shmem-private-mapping',
  'shmem-free-takes-resv',
  'evict-null-sgt',
  'swapin-keeps-pages',
] as const
export type BugName = (typeof BUG_NAMES)[number]
