/**
 * The folder of a series: series.json says what is to be run, and each run has a folder below. A run is finished when
 * its result.json is there; it is written last, and all at once.
 */
import { existsSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeWhole } from '../files/write-whole.js'
import { readJournal } from '../report/read-journal.js'
import { missingField, type Fields } from '../report/fields.js'
import { PLAN_FIELDS } from '../report/event-fields.js'
import { ResultDirectoryError, RESULT_FILE, SERIES_FILE } from '../report/result-directory.js'
import { readResultJson, writeResultJson, type ResultJson } from '../report/result-json.js'
import { RunSummary } from '../report/run-summary.js'
import { makePlan } from '../stress/plan.js'
import { RUN_NAME } from './scenario-schema.js'
import type { Series, SeriesItem } from './series.js'

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

const SAVED: Fields = {
  series: { items: 'array', untilFail: 'boolean' },
  options: { backend: 'string', report: 'array', allowDisruptive: 'boolean' },
}
const ITEM: Fields = { name: 'string', plan: PLAN_FIELDS }

/** Throws ResultDirectoryError when there is none, RangeError for a plan that cannot be. */
export function loadSeries(directory: string): SavedSeries {
  const path = join(directory, SERIES_FILE)
  let saved: unknown
  try {
    saved = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ResultDirectoryError(`cannot read ${path} (${codeOf(error)}): name the folder of a series`)
  }
  if (!isSaved(saved)) throw new ResultDirectoryError(`${path} was written by another version of gemrig`)
  const missing = missingField(saved, SAVED)
  const wrong = missing === undefined ? saved.series.items.flatMap(faultOf)[0] : `it has no ${missing}`
  if (wrong !== undefined) throw new ResultDirectoryError(`${path} is no series of gemrig's: ${wrong}`)
  for (const { plan } of saved.series.items) makePlan(plan)
  return saved
}

const isSaved = (saved: unknown): saved is SavedSeries =>
  typeof saved === 'object' && saved !== null && 'schema' in saved && saved.schema === 1

/** A run's name becomes that of its folder. */
function faultOf(item: SeriesItem, index: number): string[] {
  const missing = missingField(item, ITEM)
  if (missing !== undefined) return [`item ${index + 1} has no ${missing}`]
  return RUN_NAME.test(item.name) ? [] : [`'${item.name}' is no name of a run`]
}

/**
 * What came of a run; undefined when it is not finished. A run that was interrupted is not. Throws ResultDirectoryError
 * when what is there is no result.
 */
export function finishedResult(directory: string, folder: string): ResultJson | undefined {
  const result = readResultJson(join(directory, folder))
  return result?.verdict === 'interrupted' ? undefined : result
}

/**
 * Of a run that was cut off: the result, when a rule was broken before that. No later run can take that back, and a
 * kernel that broke a promise is likely to be what ended the run, so it is written down as the run's result.
 * Throws as node:fs does when it cannot be.
 */
export async function keepFailure(directory: string, folder: string): Promise<ResultJson | undefined> {
  const path = resolve(directory, folder)
  const summary = new RunSummary()
  try {
    for await (const event of readJournal(path)) summary.observe(event)
    // What comes after a line that is no event is lost; what came before it counts.
  } catch (error) {
    if (!(error instanceof ResultDirectoryError)) throw error
  }
  const result = summary.begun ? summary.result(path) : undefined
  if (result?.verdict !== 'fail') return undefined
  writeResultJson(result)
  return result
}

const CUT_OFF = '.cut-off-'

/** Makes room for a run: what is there of it is kept beside as `NAME.cut-off-1`. */
export function setAside(directory: string, folder: string): void {
  if (!existsSync(join(directory, folder))) return
  const number = asideOf(directory, folder).length + 1
  renameSync(join(directory, folder), join(directory, `${folder}${CUT_OFF}${number}`))
}

/** How many of those that were set aside were cut off: the process ended, or the board, before it could write a result. */
export function countCutOff(directory: string, folder: string): number {
  return asideOf(directory, folder).filter((name) => !existsSync(join(directory, name, RESULT_FILE))).length
}

function asideOf(directory: string, folder: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith(`${folder}${CUT_OFF}`))
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error)
