/**
 * The folder of a series: series.json says what is to be run, and each run has a folder below. A run is finished when
 * its result.json is there; it is written last, and all at once.
 */
import { existsSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '../files/write-whole.js'
import { ResultDirectoryError, RESULT_FILE } from '../report/result-directory.js'
import type { ResultJson } from '../report/result-json.js'
import type { Series } from './series.js'

export const SERIES_FILE = 'series.json'

/** What is needed to go on in another process. */
export interface SavedSeries {
  /** Counts up when a field changes its meaning or goes away. */
  readonly schema: 1
  readonly gemrig: string
  readonly series: Series
  /** How the runs are run: the command's own options. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Throws ResultDirectoryError. */
export function saveSeries(directory: string, saved: SavedSeries): void {
  try {
    writeWhole(join(directory, SERIES_FILE), `${JSON.stringify(saved, undefined, 2)}\n`)
  } catch (error) {
    throw new ResultDirectoryError(`cannot write ${join(directory, SERIES_FILE)} (${codeOf(error)})`)
  }
}

/** Throws ResultDirectoryError when there is none. */
export function loadSeries(directory: string): SavedSeries {
  const path = join(directory, SERIES_FILE)
  try {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as { schema: number }
    if (saved.schema === 1) return saved as SavedSeries
  } catch (error) {
    throw new ResultDirectoryError(`cannot read ${path} (${codeOf(error)}): name the folder of a series`)
  }
  throw new ResultDirectoryError(`${path} was written by another version of gemrig`)
}

/** What came of a run; undefined when it is not finished. A run that was interrupted is not. */
export function finishedResult(directory: string, folder: string): ResultJson | undefined {
  try {
    const text = readFileSync(join(directory, folder, RESULT_FILE), 'utf8')
    const result = JSON.parse(text) as ResultJson
    return result.complete && result.verdict !== 'interrupted' ? result : undefined
  } catch {
    return undefined
  }
}

const CUT_OFF = '.cut-off-'

/**
 * Makes room for a run: what is there of it is kept beside as `NAME.cut-off-1`. Returns how many of those were cut off:
 * the process ended, or the board, before it could write a result.
 */
export function setAside(directory: string, folder: string): number {
  const names = readdirSync(directory)
  const before = names.filter((name) => name.startsWith(`${folder}${CUT_OFF}`))
  if (names.includes(folder)) {
    const aside = `${folder}${CUT_OFF}${before.length + 1}`
    renameSync(join(directory, folder), join(directory, aside))
    before.push(aside)
  }
  return before.filter((name) => !existsSync(join(directory, name, RESULT_FILE))).length
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error)
