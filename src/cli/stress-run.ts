/** One run of `gemrig stress`, with its journal, its progress on stderr and its files. */
import { chooseBoard, type BackendWish } from '../choose-board.js'
import type { StressPlan } from '../events/stress-event.js'
import { isFakeWish, parseFakeWish } from '../fake-wish.js'
import { interleavingsOf } from '../hunt/interleavings.js'
import type { ReportFormat } from '../report/formats.js'
import { Journal } from '../report/journal.js'
import { KernelLogFile } from '../report/kernel-log-file.js'
import { createProgress } from '../report/progress.js'
import { prepareResultDirectory, removeIfEmpty, ResultDirectoryError } from '../report/result-directory.js'
import { writeResultJson, type ResultJson } from '../report/result-json.js'
import { RunSummary } from '../report/run-summary.js'
import { summaryTable } from '../report/summary-table.js'
import { writeReports } from '../report/write-report.js'
import type { BugName } from '../sim/bugs/bug.js'
import { runStress } from '../stress/run-stress.js'
import { sendSignals, wantsKmsg } from './lava-signals.js'

/** How runs are run, besides their plans. */
export interface RunOptions {
  readonly backend: BackendWish
  readonly driver?: string
  readonly node?: string
  readonly report: readonly ReportFormat[]
  readonly allowDisruptive: boolean
  /** Swap on compressed memory for each run. */
  readonly swapBytes?: number
}

export interface FinishedRun {
  readonly json: ResultJson
  readonly table: string
  /** A file could not be written; the reason of the verdict names it. */
  readonly isCutOff: boolean
}

/**
 * `out`: the folder; by default a new one in gemrig-results. Aborting `interrupt` ends the run in order, and so does a
 * disk that refuses the journal or the kernel's log: without them there is no evidence.
 */
export async function runOnce(
  plan: StressPlan,
  out: string | undefined,
  options: RunOptions,
  interrupt: AbortSignal,
): Promise<FinishedRun> {
  const { driver, node } = options
  const { board, why } = chooseBoard(options.backend, { seed: plan.seed })
  const reason = why === 'asked for' ? '' : `: ${why}`
  process.stderr.write(`gemrig stress on ${board.description}${reason}\n`)
  const directory = prepareResultDirectory(out, board.kind)
  const broken = new AbortController()
  const files = [Journal, KernelLogFile].map((File) => new File(directory, () => broken.abort()))
  const progress = createProgress(process.stderr)
  const summary = new RunSummary()
  const left: string[] = []
  try {
    const result = await runStress(board, {
      plan,
      device: { ...(driver !== undefined && { driver }), ...(node !== undefined && { node }) },
      allowDisruptive: options.allowDisruptive,
      ...(board.kind === 'fake' && {
        interleavings: () => interleavingsOf(plan.scenario, plan.seed, bugsOf(options.backend)),
      }),
      ...(options.swapBytes !== undefined && { swapBytes: options.swapBytes }),
      signal: AbortSignal.any([interrupt, broken.signal]),
      emit: (event) => {
        for (const observer of [...files, summary, progress]) observer.observe(event)
        if (event.type === 'left-behind') left.push(`left behind: ${event.what}: ${event.reason}\n`)
      },
    })
    progress.end()
    for (const file of files) file.close()
    const lost = files.find(({ failure }) => failure !== undefined)?.failure
    const json = cutOff(summary.result(directory), lost)
    const table = summaryTable(result, process.stdout.columns)
    const refused = await writeRest(json, options.report)
    return { json: cutOff(json, refused), table, isCutOff: (lost ?? refused) !== undefined }
  } finally {
    progress.end()
    process.stderr.write(left.join(''))
    for (const file of files) file.close()
    removeIfEmpty(directory)
  }
}

/** Returns why not all could be written. */
async function writeRest(json: ResultJson, formats: readonly ReportFormat[]): Promise<string | undefined> {
  try {
    // First: it is what came of the run, also where a report cannot be written.
    writeResultJson(json)
    await writeReports(formats, json.directory)
    // stdout may be read by a program.
    if (formats.includes('lava') && wantsKmsg()) await sendSignals(json.directory, process.stderr)
    return undefined
  } catch (error) {
    if (error instanceof ResultDirectoryError) return error.message
    throw error
  }
}

/** A promise that was broken stays broken; nothing else was shown. `why`: nothing is cut off unless it tells. */
function cutOff(json: ResultJson, why: string | undefined): ResultJson {
  if (why === undefined) return json
  return json.verdict === 'fail'
    ? { ...json, reason: `${json.reason}; ${why}` }
    : { ...json, verdict: 'interrupted', reason: why }
}

function bugsOf(wish: BackendWish): readonly BugName[] {
  return isFakeWish(wish) ? (parseFakeWish(wish).bugs ?? []) : []
}
