/** The guest's console: saved as it comes, and its last lines kept for error messages. */
import { createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import { FAILURE_MARK } from './init-script.js'

const TAIL_LINES = 30
/** Longer lines do not help anybody. */
const LINE_LENGTH = 400

export class ConsoleLog {
  readonly #lines: string[] = []
  readonly #file: WriteStream
  #partial = ''
  #failure: Error | undefined
  #panic: string | undefined
  #gaveUp: string | undefined

  constructor(file: string) {
    this.#file = createWriteStream(file)
    this.#file.on('error', (error) => (this.#failure = error))
  }

  /** Follows `source` to its end. */
  attach(source: Readable): void {
    source.on('data', (piece: Buffer) => {
      this.#file.write(piece)
      const lines = (this.#partial + piece.toString('latin1')).split(/\r?\n/)
      this.#partial = (lines.pop() ?? '').slice(-LINE_LENGTH)
      this.#panic ??= lines.find((line) => line.includes('Kernel panic'))
      this.#gaveUp ??= lines.find((line) => line.startsWith(FAILURE_MARK))
      this.#lines.push(...lines.map((line) => line.slice(0, LINE_LENGTH)))
      if (this.#lines.length > TAIL_LINES) this.#lines.splice(0, this.#lines.length - TAIL_LINES)
    })
  }

  /** The last lines, oldest first. */
  tail(): string[] {
    return [...this.#lines, ...(this.#partial === '' ? [] : [this.#partial])]
  }

  /** The kernel's own line about its panic, without the time; undefined when there was none. */
  get panic(): string | undefined {
    return this.#panic?.replace(/^\[[\d. ]+\] /, '')
  }

  /** Why the guest's init cannot go on; undefined when it did not say. */
  get gaveUp(): string | undefined {
    return this.#gaveUp?.slice(FAILURE_MARK.length)
  }

  /** Everything is on disk; rejects when it could not be written. */
  async close(): Promise<void> {
    this.#file.end()
    await finished(this.#file).catch((error: unknown) => (this.#failure ??= error as Error))
    if (this.#failure !== undefined) throw this.#failure
  }
}
