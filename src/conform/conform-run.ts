/** What a run of the conformance suite tells: the types of its results, as they are saved. */

export interface RowPassed {
  readonly outcome: 'pass'
}

export interface RowFailed {
  readonly outcome: 'fail'
  readonly actual: unknown
}

export interface RowSkipped {
  readonly outcome: 'skip'
  readonly why: string
}

export type RowResult = (RowPassed | RowFailed | RowSkipped) & {
  readonly id: string
  readonly expected: unknown
  /** Of each backend call that the row made, how it ended: `ok`, `-EINVAL`, `SIGBUS`, `TypeError`. */
  readonly calls: Readonly<Record<string, readonly string[]>>
}

export interface ConformRun {
  readonly format: 'gemrig-conform-1'
  /** A heading for it: `rk3399, 6.12`. */
  readonly title: string
  readonly board: string
  /** Drivers that were found, with their versions. */
  readonly drivers: Readonly<Record<string, string>>
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly interrupted: boolean
  /** All calls of the backend's interface. */
  readonly calls: readonly string[]
  readonly rows: readonly RowResult[]
}
