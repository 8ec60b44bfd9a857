/**
 * Metrics of runs in Prometheus' text format, for the textfile collector of node_exporter: no timestamps, and the file
 * is replaced as a whole. Counters are those of the series that goes on.
 */
import { ORACLE_NAMES } from '../events/stress-event.js'
import { writeWhole } from '../files/write-whole.js'
import { ResultDirectoryError } from './result-directory.js'
import type { ResultJson } from './result-json.js'

interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[]
}

const VERDICTS = ['pass', 'fail', 'inconclusive', 'interrupted'] as const

/** `cutOff`: attempts at runs that were cut off. Throws ResultDirectoryError when the file cannot be written. */
export function writePrometheus(path: string, results: readonly ResultJson[], cutOff = 0): void {
  try {
    writeWhole(path, prometheusText(results, cutOff))
  } catch (error) {
    throw new ResultDirectoryError(`cannot write ${path} (${(error as NodeJS.ErrnoException).code ?? ''})`)
  }
}

export function prometheusText(results: readonly ResultJson[], cutOff = 0): string {
  return metricsOf(results, cutOff).map(metricText).join('')
}

function metricsOf(results: readonly ResultJson[], cutOff: number): Metric[] {
  const sum = (of: (result: ResultJson) => number) => results.reduce((total, result) => total + of(result), 0)
  const counter = (name: string, help: string, of: (result: ResultJson) => number): Metric => ({
    name,
    help,
    type: 'counter',
    samples: [{ value: sum(of) }],
  })
  const last = results.at(-1)
  return [
    {
      name: 'gemrig_runs_total',
      help: 'Runs by verdict.',
      type: 'counter',
      samples: VERDICTS.map((verdict) => ({
        labels: { verdict },
        value: sum((result) => Number(result.verdict === verdict)),
      })),
    },
    {
      name: 'gemrig_cut_off_runs_total',
      help: 'Attempts at runs that ended with the process or the board, before there was a result.',
      type: 'counter',
      samples: [{ value: cutOff }],
    },
    counter('gemrig_operations_total', 'Operations on buffers.', ({ operations }) => operations),
    counter('gemrig_purgeable_buffers_total', 'Buffers given away.', ({ total }) => total.purgeable),
    counter('gemrig_purged_buffers_total', 'Buffers that the kernel purged.', ({ total }) => total.purged),
    counter('gemrig_verified_buffers_total', 'Retained buffers found intact.', ({ total }) => total.verified),
    counter('gemrig_run_seconds_total', 'Time that runs took.', ({ durationMs }) => durationMs / 1000),
    counter(
      'gemrig_kernel_log_lost_records_total',
      'Kernel log records lost.',
      ({ kernelLog }) => kernelLog.lost,
    ),
    {
      name: 'gemrig_broken_promises_total',
      help: 'Broken promises by rule.',
      type: 'counter',
      samples: ORACLE_NAMES.map((rule) => ({ labels: { rule }, value: sum(({ oracles }) => oracles[rule]) })),
    },
    ...(last === undefined ? [] : [infoOf(last)]),
  ]
}

function infoOf({ gemrig, board, driver, plan }: ResultJson): Metric {
  const labels = {
    version: gemrig,
    board: board.description,
    driver: driver.name,
    scenario: plan.scenario,
    seed: String(plan.seed),
  }
  return {
    name: 'gemrig_last_run_info',
    help: 'The last run.',
    type: 'gauge',
    samples: [{ labels, value: 1 }],
  }
}

function metricText({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const inner = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`)
    return `${name}${inner.length === 0 ? '' : `{${inner.join(',')}}`} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
