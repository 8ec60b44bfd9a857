/** The records of the kernel's log that a page shows: of a long log so few that a page can hold them. */
import type { KernelLogEvent, KernelLogSettled } from '../events/stress-event.js'
import { settledRecord } from '../oracle/conditional-records.js'
import { subjectOf } from '../oracle/no-new-kernel-warning.js'
import { escapeMarkup } from './escape.js'

/** As the page holds them, in bytes. Half of it is kept for what matters, however late it comes. */
const MOST_BYTES = 2 * 1024 * 1024
const MOST_USUAL_BYTES = MOST_BYTES / 2
const MOST_USUAL_RECORDS = 1500
/** Of a record's row, without its text. */
const ROW_BYTES = 200

export class TimelineLog {
  readonly records: KernelLogEvent[] = []
  /** How many records were left out. */
  leftOut = 0
  /** Of those that are there: how many have lost all lines but the first. */
  shortened = 0
  readonly #told = new Set<string>()
  #bytes = 0
  #usual = 0

  add(record: KernelLogEvent): void {
    const { lines, ...first } = record
    const matters = record.severity === 'fail' || record.severity === 'error'
    if (!matters && this.#usual >= MOST_USUAL_RECORDS) {
      this.leftOut++
      return
    }
    const mostBytes = matters ? MOST_BYTES : MOST_USUAL_BYTES
    const isRepeat = this.#told.has(subjectOf(record))
    const isKept = (!isRepeat && this.#tryKeep(record, mostBytes)) || this.#tryKeep(first, mostBytes)
    if (!isKept) {
      this.leftOut++
      return
    }
    this.#told.add(subjectOf(record))
    if (!matters) this.#usual++
    if (lines !== undefined && this.records.at(-1) !== record) this.shortened++
  }

  /** The phase is over: it is known whether its conditional records were expected. */
  settle(event: KernelLogSettled): void {
    for (const [index, record] of this.records.entries()) this.records[index] = settledRecord(record, event)
  }

  #tryKeep(record: KernelLogEvent, mostBytes: number): boolean {
    const { name, text, lines = [] } = record
    const markup = [name, text, ...lines]
    const freeBytes = mostBytes - this.#bytes - ROW_BYTES
    // Escaped text is longer, if anything.
    if (sumOf(markup, ({ length }) => length) > freeBytes) return false
    const bytes = sumOf(markup, (each) => Buffer.byteLength(escapeMarkup(each)) + 1)
    if (bytes > freeBytes) return false
    this.#bytes += ROW_BYTES + bytes
    this.records.push(record)
    return true
  }
}

const sumOf = (texts: readonly string[], of: (text: string) => number) =>
  texts.reduce((sum, text) => sum + of(text), 0)
