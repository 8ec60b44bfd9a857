/** Writes reports to files or to a stream. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { REPORT_FILES, report, type ReportFormat } from './formats.js'
import { readJournal } from './read-journal.js'
import { ResultDirectoryError } from './result-directory.js'

/** Throws ResultDirectoryError when the journal cannot be read or the file not written. */
export async function writeReport(
  format: ReportFormat,
  directory: string,
  to: { readonly file: string } | { readonly stream: Writable },
): Promise<void> {
  const pieces = Readable.from(report(format, () => readJournal(directory), directory))
  // A standard stream stays open.
  if ('stream' in to) return pipeline(pieces, to.stream, { end: false })
  try {
    await pipeline(pieces, createWriteStream(to.file))
  } catch (error) {
    if (error instanceof ResultDirectoryError || !('syscall' in (error as object))) throw error
    throw new ResultDirectoryError(`cannot write ${to.file} (${(error as NodeJS.ErrnoException).code ?? ''})`)
  }
}

/** One file for each format in the folder of the run. */
export async function writeReports(formats: readonly ReportFormat[], directory: string): Promise<void> {
  for (const format of formats)
    await writeReport(format, directory, { file: join(directory, REPORT_FILES[format]) })
}
