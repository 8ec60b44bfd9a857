/**
 * A file of evidence that grows while a run goes: what was appended is written and synced to the disk four times a
 * second, so that a board that dies leaves all but its last moment. Synchronous on purpose: nothing overtakes it.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'

const SYNC_PERIOD_MS = 250
const BUFFERED_CHARACTERS = 64 * 1024

export class GrowingFile {
  readonly path: string
  readonly #flags: 'a' | 'wx'
  readonly #onFailure: () => void
  #fd: number | undefined
  #text = ''
  /** Runs while something is not synced. */
  #timer: NodeJS.Timeout | undefined
  #syncedAt = performance.now()
  #isClosed = false
  #failure: string | undefined

  /** `flags`: as of open(). `onFailure`: called once, when the disk refuses what was appended. */
  constructor(path: string, flags: 'a' | 'wx', onFailure: () => void = () => undefined) {
    this.path = path
    this.#flags = flags
    this.#onFailure = onFailure
  }

  /** `cannot write PATH (ENOSPC)`; the file ends early then. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** The file is made with the first of these. Does nothing once the disk refused it, or after close(). */
  append(text: string): void {
    if (this.#failure !== undefined || this.#isClosed) return
    this.#text += text
    this.#timer ??= setTimeout(() => this.#flush(true), SYNC_PERIOD_MS).unref()
    // Of a busy program timers come late.
    const due = performance.now() - this.#syncedAt > SYNC_PERIOD_MS
    if (due || this.#text.length > BUFFERED_CHARACTERS) this.#flush(due)
  }

  /** Writes and syncs the rest; `failure` then tells whether all is there. A second call does nothing. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // Runs for all that was appended and is not synced; not once the disk refused it.
    if (this.#timer !== undefined) this.#flush(true)
    if (this.#fd !== undefined) closeSync(this.#fd)
  }

  #flush(sync: boolean): void {
    try {
      this.#fd ??= openSync(this.path, this.#flags)
      const bytes = Buffer.from(this.#text)
      this.#text = ''
      for (let written = 0; written < bytes.length;) written += writeSync(this.#fd, bytes, written)
      if (!sync) return
      fdatasyncSync(this.#fd)
      this.#syncedAt = performance.now()
      this.#stopTimer()
    } catch (error) {
      this.#stopTimer()
      const { code } = error as NodeJS.ErrnoException
      this.#failure = `cannot write ${this.path} (${code ?? String(error)})`
      this.#onFailure()
    }
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
