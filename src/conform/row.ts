/** A row of the conformance suite: a small program, and what must come of it on every kernel that it holds on. */
import type { Trial } from './trial.js'

/**
 * What a row needs of the place that it runs on. Each is found out by asking the kernel (look-around.ts); a row whose
 * needs are not met is skipped, with the reason.
 */
export const NEEDS = [
  /** A device of that driver. */
  'panfrost',
  'panthor',
  'i915',
  'vgem',
  /** The dma-buf heap `system`. */
  'heap',
  'memfd',
  'udmabuf',
  /** A way to make the kernel purge all that may be purged, which harms nobody. */
  'purge',
  /** The same for Panfrost's shrinker alone, and for as much as one asks: a kernel with CONFIG_SHRINKER_DEBUG. */
  'shrinker-debugfs',
  /** A memory cgroup of its own; the files by which a whole machine is reclaimed from. */
  'cgroup',
  'root-reclaim',
  'node-reclaim',
  /** Free swap, or none: drivers that evict ask for nothing else. */
  'swap',
  'no-swap',
  /** GET_CAP. */
  'capabilities',
  /** PRIME of the Panfrost device, both ways. */
  'prime',
  'syncobj',
  'syncobj-timeline',
  /** Requests of Panfrost's that every real one has and a simulated one may lack. */
  'submit',
  'wait-bo',
  'get-bo-offset',
  /** Panfrost under the generic shrinker of the drm-shmem helper; one that evicts what is needed. */
  'shmem-shrinker',
  'shmem-eviction',
  /** /proc/self/fdinfo. */
  'fdinfo',
  /** DMA_BUF_SET_NAME and DMA_BUF_IOCTL_EXPORT_SYNC_FILE, on a buffer of the heap or of Panfrost. */
  'dma-buf-name',
  'dma-buf-sync-file',
  /** Mappings as arrays of JavaScript. */
  'bytes',
  /** Programs of operations on threads. */
  'program',
  /** A descriptor of a file that is no device: `/dev/null`. */
  'null',
] as const

export type Need = (typeof NEEDS)[number]

/** Versions `major.minor`. `from` is the first that it holds on, `before` the first that it does not. */
export interface Range {
  readonly from?: string
  readonly before?: string
}

/** Where a row holds, and why not elsewhere. */
export interface Holds {
  /** Of Linux. */
  readonly kernel?: Range
  /** Of a driver's interface, as DRM_IOCTL_VERSION tells it. */
  readonly panfrost?: Range
  readonly panthor?: Range
  /** Only where that is missing. */
  readonly lacks?: Need
  readonly why: string
}

export interface Row {
  /** Stable: letters, digits, `-`, with the group before a dot. */
  readonly id: string
  /** The promise, as a sentence. */
  readonly name: string
  /** Where the kernel says so: a file with the version that was read, or a test of the kernel's or IGT's. */
  readonly source: string
  readonly needs: readonly Need[]
  readonly holds?: Holds
  /** Why it runs only when it is named in full: it harms, for instance by a warning that taints the kernel. */
  readonly onlyWhenAsked?: string
  run(trial: Trial): unknown
  /** Compared as JSON with what the program returned. */
  readonly expected: unknown
}

/** As a file of rows writes them: the group completes them. */
export type RowOf = Omit<Row, 'source' | 'needs'> & Partial<Pick<Row, 'source' | 'needs'>>

/** Rows with the group's name before their ids, its needs besides their own, and its source where they name none. */
export function group(
  prefix: string,
  common: { readonly source: string; readonly needs: readonly Need[] },
  rows: readonly RowOf[],
): Row[] {
  return rows.map((row) => ({
    ...row,
    id: `${prefix}.${row.id}`,
    source: row.source ?? common.source,
    needs: [...new Set([...common.needs, ...(row.needs ?? [])])],
  }))
}
