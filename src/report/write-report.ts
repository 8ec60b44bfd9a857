/** Writes reports to files or to a stream. */
import { createWriteStream, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
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
  if ('stream' in to) return writeToStream(pieces, to.stream)
  try {
    await writeToFile(pieces, to.file)
  } catch (error) {
    if (error instanceof ResultDirectoryError || !('syscall' in (error as object))) throw error
    throw new ResultDirectoryError(`cannot write ${to.file} (${(error as NodeJS.ErrnoException).code ?? ''})`)
  }
}

/** A standard stream stays open. Whoever reads it may stop before all is told, as head does. */
async function writeToStream(pieces: Readable, stream: Writable): Promise<void> {
  try {
    await pipeline(pieces, stream, { end: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
}

/** What is there already is replaced by the whole report, or stays. Not what is no file: a pipe, /dev/stdout. */
async function writeToFile(pieces: Readable, path: string): Promise<void> {
  const old = statSync(path, { throwIfNoEntry: false })
  if (old !== undefined && !old.isFile()) return pipeline(pieces, createWriteStream(path))
  const place = old === undefined ? path : realpathSync(path)
  const unfinished = `${place}.new`
  try {
    await pipeline(pieces, createWriteStream(unfinished))
    renameSync(unfinished, place)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

/** One file for each format in the folder of the run. */
export async function writeReports(formats: readonly ReportFormat[], directory: string): Promise<void> {
  for (const format of formats)
    await writeReport(format, directory, { file: join(directory, REPORT_FILES[format]) })
}
