/** The folder that a run writes to, and the only place that it writes to. */
import { accessSync, constants, readdirSync, rmdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeDirectory } from '../files/make-directory.js'

/** The folder cannot be used. Exit code 2: the user chose it. */
export class ResultDirectoryError extends Error {
  override readonly name = 'ResultDirectoryError'
  readonly code = 'result-directory'
}

export const JOURNAL_FILE = 'events.jsonl'
export const RESULT_FILE = 'result.json'
export const KERNEL_LOG_FILE = 'kmsg.log'
/** Of a series, whose runs have folders below its own. */
export const SERIES_FILE = 'series.json'

/** The folder that was wished for; by default a new one in `gemrig-results`, below the current folder. */
export function resultDirectoryName(wish: string | undefined, board: string): string {
  const time = new Date()
    .toISOString()
    .replaceAll(/[-:]|\.\d+Z/g, '')
    .replace('T', '-')
  return resolve(wish ?? join('gemrig-results', `${time}-${board}-${process.pid}`))
}

/** Makes the folder, or checks that it can be written to and holds no other run or series. Returns its path. */
export function prepareResultDirectory(wish: string | undefined, board: string): string {
  const path = resultDirectoryName(wish, board)
  try {
    makeDirectory(path)
    accessSync(path, constants.W_OK)
    const names = readdirSync(path)
    if (names.includes(JOURNAL_FILE) || names.includes(KERNEL_LOG_FILE))
      throw new ResultDirectoryError(`${path} holds a run already: choose another --out`)
    if (names.includes(SERIES_FILE))
      throw new ResultDirectoryError(`${path} holds a series already: --resume it, or choose another --out`)
  } catch (error) {
    if (error instanceof ResultDirectoryError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new ResultDirectoryError(
      `cannot write results to ${path} (${code ?? String(error)}): choose another --out`,
    )
  }
  return path
}

/** Takes an empty folder away again, when the run for which it was made never began. */
export function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path)
  } catch {
    // It holds something, so it stays.
  }
}
