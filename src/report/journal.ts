/** events.jsonl: one event a line, in the order in which they came. */
import { join } from 'node:path'
import type { StressEvent } from '../events/stress-event.js'
import { GrowingFile } from './growing-file.js'
import { JOURNAL_FILE } from './result-directory.js'

export class Journal extends GrowingFile {
  /** Never overwrites one that is there. `onFailure`: as of GrowingFile. */
  constructor(directory: string, onFailure?: () => void) {
    super(join(directory, JOURNAL_FILE), 'wx', onFailure)
  }

  observe(event: StressEvent): void {
    this.append(`${JSON.stringify(event)}\n`)
  }
}
