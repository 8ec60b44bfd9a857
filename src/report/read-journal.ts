/** Reads events.jsonl back. A run that was cut off may have left a torn last line; it is passed over. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { StressEvent } from '../events/stress-event.js'
import { EVENT_FIELDS } from './event-fields.js'
import { missingField, type Fields } from './fields.js'
import { JOURNAL_FILE, ResultDirectoryError } from './result-directory.js'

/** Throws ResultDirectoryError: there is no journal, a line that is not the last one is no event, or an event is not whole. */
export async function* readJournal(directory: string): AsyncGenerator<StressEvent, void> {
  const path = join(directory, JOURNAL_FILE)
  const stream = createReadStream(path, 'utf8')
  const failed = new Promise<never>((_resolve, reject) => {
    stream.once('error', ({ code }: NodeJS.ErrnoException) => {
      reject(new ResultDirectoryError(`cannot read ${path} (${code ?? 'unknown'}): name the folder of a run`))
    })
  })
  failed.catch(() => undefined)
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]()
  let torn: number | undefined
  for (let number = 1; ; number++) {
    const next = await Promise.race([lines.next(), failed])
    if (next.done) return
    if (torn !== undefined) throw new ResultDirectoryError(`${path}: line ${torn} is no event`)
    const event = parse(next.value)
    if (event === undefined) torn = number
    else {
      const missing = missingField(event, fieldsOf(event))
      if (missing !== undefined)
        throw new ResultDirectoryError(`${path}: line ${number}: an event '${event.type}' without ${missing}`)
      yield event
    }
  }
}

/** Events of another version, which this one does not know, are read by nobody. */
function fieldsOf({ type }: StressEvent): Fields {
  return Object.hasOwn(EVENT_FIELDS, type) ? { t: 'number', ...EVENT_FIELDS[type] } : {}
}

function parse(line: string): StressEvent | undefined {
  try {
    const value = JSON.parse(line) as unknown
    const isEvent =
      typeof value === 'object' &&
      value !== null &&
      'type' in value &&
      't' in value &&
      Number.isFinite(value.t)
    return isEvent ? (value as StressEvent) : undefined
  } catch {
    return undefined
  }
}
