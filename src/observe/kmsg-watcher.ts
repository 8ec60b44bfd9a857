/** Follows the kernel's log: what came, and how much got lost. */
import { errnoName, ERRNO } from '../backend/errno.js'
import type { Board } from '../board/board.js'
import type { KernelLogFile } from '../board/kernel-log.js'
import { KmsgGroups, type KmsgGroup } from './kmsg-groups.js'
import { parseKmsgRecord, type KmsgRecord } from './kmsg-record.js'

/** No reader is kept from its other work by a log that is written faster than it is read. */
const MOST_AT_A_TIME = 10_000

export interface KmsgNews {
  readonly groups: readonly KmsgGroup[]
  /** Records that were overwritten before they were read. */
  readonly lost: number
}

export class KmsgWatcher {
  readonly #file: KernelLogFile
  readonly #groups = new KmsgGroups()
  #nextSequence: number | undefined

  private constructor(file: KernelLogFile) {
    this.#file = file
  }

  /** Begins behind what is in the log already; or says why the log cannot be read. */
  static open(board: Board): KmsgWatcher | { readonly reason: string } {
    const file = board.openKernelLog()
    if (typeof file === 'number') return { reason: `/dev/kmsg: ${errnoName(-file)}` }
    const watcher = new KmsgWatcher(file)
    watcher.#skipOld()
    return watcher
  }

  /** Writes a line of ours into the log. False without the right to. */
  mark(text: string): boolean {
    return this.#file.write(`<6>gemrig: ${text}\n`) === 0
  }

  /** What has come since the last call. */
  read(): KmsgNews {
    const groups: KmsgGroup[] = []
    let lost = 0
    for (let count = 0; count < MOST_AT_A_TIME; count++) {
      const record = this.#next()
      if (record === undefined) break
      if (this.#nextSequence !== undefined) lost += Math.max(0, record.sequence - this.#nextSequence)
      this.#nextSequence = record.sequence + 1
      groups.push(...this.#groups.add(record))
    }
    return { groups, lost }
  }

  /** What has come, and what is not whole. */
  close(): KmsgNews {
    const { groups, lost } = this.read()
    this.#file.close()
    return { groups: [...groups, ...this.#groups.flush()], lost }
  }

  #next(): KmsgRecord | undefined {
    for (let tries = 0; tries < MOST_AT_A_TIME; tries++) {
      const text = this.#file.read()
      if (typeof text === 'string') {
        const record = parseKmsgRecord(text)
        if (record !== undefined) return record
        // Overwritten: the sequence number of the next one tells how many.
      } else if (text !== -ERRNO.EPIPE && text !== -ERRNO.EINTR) return undefined
    }
    return undefined
  }

  #skipOld(): void {
    for (let record = this.#next(); record !== undefined; record = this.#next()) {
      this.#nextSequence = record.sequence + 1
    }
  }
}
