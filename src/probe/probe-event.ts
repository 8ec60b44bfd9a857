/** What a probe tells while it goes, and what comes of it. */
import type { PressureName } from '../pressure/pressure-source.js'

export interface ProbePlan {
  readonly pressure: readonly PressureName[]
  /** How long each source presses, in ms of the board's time. */
  readonly durationMs: number
  /** Buffers that the kernel may take, for each source. As many as a quarter of them are kept. */
  readonly buffers: number
  readonly bufferBytes: number
}

/** A device whose buffers the kernel may take, or why none of them can be. */
export interface ProbeTarget {
  readonly node: string
  readonly driver: string
  /** purge: DONTNEED buffers lose their content. evict: buffers are written out and come back. */
  readonly kind: 'purge' | 'evict'
}

/** One cell of the matrix: one source against one target. Counts of buffers. */
export interface ProbeRow {
  readonly source: PressureName
  readonly driver: string
  readonly node: string
  readonly given: number
  /** Undefined: the driver does not tell. */
  readonly reclaimed?: number
  /** From the start of the pressure to the first reclaimed buffer, as the driver's fdinfo tells it. */
  readonly firstMs?: number
  readonly intact: number
  readonly oomKills: number
  readonly hogsKilled: number
  /** The target itself was killed. */
  readonly targetKilled: boolean
  readonly swappedOutBytes: number
  /** Time in which some task waited for memory (PSI), in ms; undefined without CONFIG_PSI. */
  readonly stalledMs?: number
  readonly slabsScanned: number
  /** Promises that were broken, and what hangs. */
  readonly broken: readonly string[]
  /** One line that says why it is as it is, where that is known. */
  readonly explanation?: string
}

export type ProbeCell =
  | ProbeRow
  | {
      readonly source: PressureName
      readonly driver: string
      readonly node: string
      readonly refused: string
    }

/** One source against one pool of pages, which a shrinker of its own gives back. */
export type PoolCell =
  | (Pick<
      ProbeRow,
      | 'source'
      | 'oomKills'
      | 'hogsKilled'
      | 'swappedOutBytes'
      | 'stalledMs'
      | 'slabsScanned'
      | 'broken'
      | 'explanation'
    > & {
      readonly pool: string
      readonly pagesBefore: number
      readonly pagesAfter: number
    })
  | { readonly source: PressureName; readonly pool: string; readonly refused: string }

export type ProbeEvent =
  | { readonly type: 'probe-begin'; readonly targets: readonly ProbeTarget[] }
  | { readonly type: 'cell-begin'; readonly source: PressureName; readonly driver: string }
  | { readonly type: 'note'; readonly step: string; readonly detail: Readonly<Record<string, unknown>> }
  | { readonly type: 'cell-end'; readonly cell: ProbeCell }
  /** Something that could not be undone; the next start tries again. */
  | { readonly type: 'left-behind'; readonly what: string; readonly reason: string }

export interface ProbeResult {
  readonly targets: readonly ProbeTarget[]
  /** Devices that cannot be probed, and why; heaps and TTM where they have no pool. */
  readonly others: readonly { readonly node: string; readonly driver: string; readonly reason: string }[]
  readonly cells: readonly ProbeCell[]
  readonly pools: readonly PoolCell[]
  readonly interrupted: boolean
}
