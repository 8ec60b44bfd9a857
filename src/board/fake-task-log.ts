/** The log of a simulated process. Its code runs ahead of the machine's time: an entry is there from its own time on. */
import { asJson } from './fake-channel.js'
import type { TaskLog } from './task.js'

export class FakeTaskLog implements TaskLog {
  readonly #writerNowNs: () => number
  readonly #readerNowNs: () => number
  /** In the order of their times; without an entry: the log was cleared. */
  #records: { readonly atNs: number; readonly entry?: unknown }[] = []

  constructor(writerNowNs: () => number, readerNowNs: () => number) {
    this.#writerNowNs = writerNowNs
    this.#readerNowNs = readerNowNs
  }

  write(entry: unknown): void {
    this.#records.push({ atNs: this.#writerNowNs(), entry })
  }

  clear(): void {
    const { cleared } = this.#now()
    this.#records = this.#records.slice(cleared)
    this.#records.push({ atNs: this.#writerNowNs() })
  }

  read(): readonly unknown[] {
    const { cleared, written } = this.#now()
    return this.#records.slice(cleared, written).map(({ entry }) => asJson(entry))
  }

  /** Of the records that are there by now: where those begin that are not cleared, and how many there are. */
  #now(): { cleared: number; written: number } {
    const nowNs = this.#readerNowNs()
    const written = this.#records.filter(({ atNs }) => atNs <= nowNs).length
    const cleared = this.#records.findLastIndex((record, at) => at < written && !('entry' in record)) + 1
    return { cleared, written }
  }
}
