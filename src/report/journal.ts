/**
 * events.jsonl: one event a line, written as it happens and synced to the disk a few times a second, so that a board
 * that dies leaves its evidence. Synchronous on purpose: what was emitted is in the file before the run goes on.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { StressEvent } from '../events/stress-event.js'
import { JOURNAL_FILE } from './result-directory.js'

const SYNC_PERIOD_MS = 250
const BUFFERED_CHARACTERS = 64 * 1024

export class Journal {
  readonly path: string
  readonly #fd: number
  #text = ''
  #syncedAt = performance.now()

  constructor(directory: string) {
    this.path = join(directory, JOURNAL_FILE)
    this.#fd = openSync(this.path, 'wx')
  }

  write(event: StressEvent): void {
    this.#text += `${JSON.stringify(event)}\n`
    const due = performance.now() - this.#syncedAt > SYNC_PERIOD_MS
    if (due || this.#text.length > BUFFERED_CHARACTERS) this.#flush(due)
  }

  close(): void {
    this.#flush(true)
    closeSync(this.#fd)
  }

  #flush(sync: boolean): void {
    const bytes = Buffer.from(this.#text)
    for (let written = 0; written < bytes.length;) written += writeSync(this.#fd, bytes, written)
    this.#text = ''
    if (!sync) return
    fdatasyncSync(this.#fd)
    this.#syncedAt = performance.now()
  }
}
