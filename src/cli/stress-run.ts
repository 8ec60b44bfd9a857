/** One run of `gemrig stress`, with its journal, its progress on stderr and its files. */
import { chooseBoard, type BackendWish } from '../choose-board.js'
import type { StressPlan } from '../events/stress-event.js'
import { isFakeWish, parseFakeWish } from '../fake-wish.js'
import { interleavingsOf } from '../hunt/interleavings.js'
import type { ReportFormat } from '../report/formats.js'
import { Journal } from '../report/journal.js'
import { appendKernelLog } from '../report/kernel-log-file.js'
import { createProgress } from '../report/progress.js'
import { prepareResultDirectory, removeIfEmpty } from '../report/result-directory.js'
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
}

/** `out`: the folder; by default a new one in gemrig-results. Aborting `interrupt` ends the run in order. */
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
  const journal = new Journal(directory)
  const progress = createProgress(process.stderr)
  const summary = new RunSummary()
  const broken = new AbortController()
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
        // Without a journal there is no evidence: the run ends in order, and says why.
        if (!journal.tryWrite(event)) broken.abort()
        summary.observe(event)
        appendKernelLog(directory, event)
        progress.observe(event)
      },
    })
    progress.end()
    journal.close()
    const json = summary.result(directory)
    await writeReports(options.report, directory)
    // stdout may be read by a program.
    if (options.report.includes('lava') && wantsKmsg()) await sendSignals(directory, process.stderr)
    writeResultJson(json)
    return { json, table: summaryTable(result, process.stdout.columns) }
  } finally {
    progress.end()
    journal.close()
    removeIfEmpty(directory)
  }
}

function bugsOf(wish: BackendWish): readonly BugName[] {
  return isFakeWish(wish) ? (parseFakeWish(wish).bugs ?? []) : []
}
