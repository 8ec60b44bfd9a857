/**
 * events.jsonl: one event a line, written as it happens and synced to the disk a few times a second, so that a board
 * that dies leaves its evidence. Synchronous on purpose: what was emitted is in the file before the run goes on.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { StressEvent } from '../events/stress-event.js'
import { JOURNAL_FILE, ResultDirectoryError } from './result-directory.js'

const SYNC_PERIOD_MS = 250
const BUFFERED_CHARACTERS = 64 * 1024

export class Journal {
  readonly path: string
  #fd: number | undefined
  #text = ''
  #syncedAt = performance.now()
  #isClosed = false
  #failure: string | undefined

  constructor(directory: string) {
    this.path = join(directory, JOURNAL_FILE)
  }

  /** False when the disk refused it, now or before; close() then throws the reason. */
  tryWrite(event: StressEvent): boolean {
    if (this.#hasFailed()) return false
    this.#text += `${JSON.stringify(event)}\n`
    const due = performance.now() - this.#syncedAt > SYNC_PERIOD_MS
    if (due || this.#text.length > BUFFERED_CHARACTERS) this.#flush(due)
    return !this.#hasFailed()
  }

  /** Writes and syncs the rest. Throws ResultDirectoryError when anything was lost. A second call does nothing. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#text !== '' || this.#fd !== undefined) this.#flush(true)
    if (this.#fd !== undefined) closeSync(this.#fd)
    if (this.#failure !== undefined) {
      throw new ResultDirectoryError(`cannot write ${this.path} (${this.#failure}): the journal ends early`)
    }
  }

  #hasFailed(): boolean {
    return this.#failure !== undefined
  }

  #flush(sync: boolean): void {
    if (this.#failure !== undefined) return
    try {
      // Made with the first event: a run that never began leaves no journal.
      this.#fd ??= openSync(this.path, 'wx')
      const bytes = Buffer.from(this.#text)
      this.#text = ''
      for (let written = 0; written < bytes.length;) written += writeSync(this.#fd, bytes, written)
      if (!sync) return
      fdatasyncSync(this.#fd)
      this.#syncedAt = performance.now()
    } catch (error) {
      this.#failure = (error as NodeJS.ErrnoException).code ?? String(error)
    }
  }
}
