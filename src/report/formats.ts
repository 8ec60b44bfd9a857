/** The formats that a run can be reported in, all made from its journal. */
import type { StressEvent } from '../events/stress-event.js'
import { suitesOf, type TestSuite } from './cases.js'
import { chromeTrace } from './chrome-trace.js'
import { htmlReport } from './html/page.js'
import { junit } from './junit.js'
import { ktap, type KtapCase } from './ktap.js'
import { lavaSignals } from './lava.js'
import { linaroResults } from './linaro.js'
import type { ResultJson } from './result-json.js'
import { RunSummary } from './run-summary.js'
import { Timeline } from './timeline.js'

export const REPORT_FORMATS = ['html', 'junit', 'ktap', 'lava', 'linaro', 'trace'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** What `gemrig stress --report` calls the file. */
export const REPORT_FILES: Readonly<Record<ReportFormat, string>> = {
  html: 'report.html',
  junit: 'junit.xml',
  ktap: 'result.ktap',
  lava: 'lava.txt',
  linaro: 'result.txt',
  trace: 'trace.json',
}

/** Reads all events once. Throws ResultDirectoryError when no run begins in them. */
export async function summarize(
  events: AsyncIterable<StressEvent>,
  directory: string,
): Promise<{ readonly result: ResultJson; readonly timeline: Timeline }> {
  const summary = new RunSummary()
  const timeline = new Timeline()
  for await (const event of events) {
    summary.observe(event)
    timeline.observe(event)
  }
  return { result: summary.result(directory), timeline }
}

/** The report in pieces. `read` gives the events from the start, each time it is called. */
export async function* report(
  format: ReportFormat,
  read: () => AsyncIterable<StressEvent>,
  directory: string,
): AsyncGenerator<string, void> {
  const { result, timeline } = await summarize(read(), directory)
  if (format === 'trace') yield* chromeTrace(read())
  else if (format === 'html') yield htmlReport(result, timeline)
  else if (format === 'junit') yield junit(result)
  else if (format === 'lava') yield lavaSignals(suitesOf(result))
  else if (format === 'linaro') yield linaroResults(suitesOf(result))
  else yield ktap(suitesOf(result).map(ktapGroup))
}

function ktapGroup({ name, cases }: TestSuite): KtapCase {
  const result = cases.some((one) => one.result === 'fail') ? 'fail' : 'pass'
  return { name, result, cases }
}
