/** Puts the lines of one warning or oops together: from "cut here" to "end trace". */
import type { KmsgRecord } from './kmsg-record.js'

export interface KmsgGroup {
  readonly first: KmsgRecord
  /** All lines, the first one too. */
  readonly lines: readonly string[]
}

/** Of any architecture; the second form is that of 32-bit Arm (arch/arm/mm/fault.c), which ends alike. */
const CUT_HERE = /\[ cut here \]|^8<--- cut here ---/
const END_TRACE = /---\[ end (trace|Kernel panic)/
/** A block that has no end: the kernel died, or another one of its lines got lost. */
const MOST_LINES = 400
const PATIENCE_US = 2_000_000

export class KmsgGroups {
  #open: { first: KmsgRecord; lines: string[] } | undefined

  /** The groups that are complete with this record. Other processors' lines may be within a block. */
  add(record: KmsgRecord): KmsgGroup[] {
    const done: KmsgGroup[] = []
    if (record.facility !== 0) return [{ first: record, lines: [record.text] }]
    if (CUT_HERE.test(record.text) || this.#isStale(record)) done.push(...this.flush())
    if (CUT_HERE.test(record.text)) {
      this.#open = { first: record, lines: [record.text] }
      return done
    }
    if (this.#open === undefined) return [...done, { first: record, lines: [record.text] }]
    this.#open.lines.push(record.text)
    if (END_TRACE.test(record.text)) done.push(...this.flush())
    return done
  }

  /** What is not complete and will not be. */
  flush(): KmsgGroup[] {
    const open = this.#open
    this.#open = undefined
    return open === undefined ? [] : [open]
  }

  #isStale(record: KmsgRecord): boolean {
    const open = this.#open
    if (open === undefined) return false
    return open.lines.length >= MOST_LINES || record.uptimeUs - open.first.uptimeUs > PATIENCE_US
  }
}
