/** Runs a series in its folder, or goes on with one that ended early. */
import { join } from 'node:path'
import { prepareResultDirectory, ResultDirectoryError } from '../report/result-directory.js'
import type { ResultJson } from '../report/result-json.js'
import { writeReports } from '../report/write-report.js'
import { concludeSeries, type SeriesResult, type SeriesRunResult } from '../series/conclusion.js'
import {
  countCutOff,
  finishedResult,
  keepFailure,
  loadSeries,
  saveSeries,
  setAside,
} from '../series/series-folder.js'
import { runsOf, type Series, type SeriesRun } from '../series/series.js'
import { VERSION } from '../version.js'
import { describeFailure } from './failure.js'
import { interruptible } from './interrupt.js'
import { runOnce, type RunOptions } from './stress-run.js'

/** A run that the board did not outlive so often is not tried again. */
const MOST_CUT_OFF = 3

interface SeriesWatch {
  /** After each run: what it was, and all until now. */
  readonly onRun: (run: SeriesRunResult, all: readonly SeriesRunResult[], result?: ResultJson) => void
}

/** Throws ResultDirectoryError when the folder cannot be used or holds a series. */
export function startSeries(series: Series, out: string | undefined, options: RunOptions): string {
  const directory = prepareResultDirectory(out, 'series')
  saveSeries(directory, { schema: 1, gemrig: VERSION, series, options: { ...options } })
  return directory
}

/** Does what is not finished. Throws ResultDirectoryError when the folder holds no series, or cannot be written. */
export async function goOn(directory: string, watch: SeriesWatch): Promise<SeriesResult> {
  const { series, options: saved } = loadSeries(directory)
  const options = saved as unknown as RunOptions
  const results: SeriesRunResult[] = []
  return interruptible(async (interrupt) => {
    for (const run of runsOf(series)) {
      if (interrupt.aborted) break
      const { result, json, isCutOff } = await settle(directory, run, options, interrupt)
      results.push(result)
      watch.onRun(result, results, json)
      const { verdict } = result
      // Where nothing can be written, nothing can be shown.
      if (isCutOff) break
      // What cannot be run now would be tried without end.
      if (series.untilFail && (verdict === 'fail' || verdict === 'error')) break
    }
    return concludeSeries(results, directory, interrupt.aborted)
  })
}

async function settle(
  directory: string,
  run: SeriesRun,
  options: RunOptions,
  interrupt: AbortSignal,
): Promise<{ result: SeriesRunResult; json?: ResultJson; isCutOff?: boolean }> {
  const { name, folder, plan } = run
  const base = { name, folder, seed: plan.seed, purged: 0, cutOff: countCutOff(directory, folder) }
  const finished = finishedResult(directory, folder) ?? (await settleFailure(directory, folder, options))
  if (finished !== undefined) return { result: { ...base, ...told(finished) }, json: finished }
  setAside(directory, folder)
  const cutOff = countCutOff(directory, folder)
  if (cutOff >= MOST_CUT_OFF) {
    const reason = `the board was lost ${cutOff} times in it, and it is not tried again`
    return { result: { ...base, cutOff, verdict: 'error', reason } }
  }
  process.stderr.write(`${folder}\n`)
  try {
    const { json, isCutOff } = await runOnce(plan, join(directory, folder), options, interrupt)
    const isLost = isCutOff && json.verdict !== 'fail'
    return { result: { ...base, cutOff, ...told(json), ...(isLost && { verdict: 'error' }) }, json, isCutOff }
  } catch (error) {
    // The folder of the next run could not be made either.
    if (error instanceof ResultDirectoryError) throw error
    const { message } = describeFailure(error)
    return { result: { ...base, cutOff, verdict: 'error', reason: message } }
  }
}

/** A run that was cut off after it had broken a rule is over, and has its reports. */
async function settleFailure(directory: string, folder: string, { report }: RunOptions) {
  const failure = await keepFailure(directory, folder)
  if (failure !== undefined) await writeReports(report, failure.directory)
  return failure
}

const told = ({ verdict, reason, total }: ResultJson) => ({ verdict, reason, purged: total.purged })
