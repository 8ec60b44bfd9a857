/** `gemrig conform`: does a kernel do what is written down of it? And several kernels side by side. */
import { Command, Option } from 'commander'
import { createLogUpdate } from 'log-update'
import { chooseBoard, type BackendWish } from '../../choose-board.js'
import type { FakeWish } from '../../fake-wish.js'
import type { ConformRun, RowResult } from '../../conform/conform-run.js'
import type { Row } from '../../conform/row.js'
import { ROWS } from '../../conform/rows/index.js'
import { runConform } from '../../conform/run-conform.js'
import { readRun, runText, writeRun } from '../../conform/saved-run.js'
import { selectRows, type Selection } from '../../conform/select-rows.js'
import { callTable } from '../../report/conform/call-table.js'
import { listRows } from '../../report/conform/list.js'
import { toKtap } from '../../report/conform/ktap.js'
import { conformTable } from '../../report/conform/table.js'
import { summaryLine } from '../../report/conform/text.js'
import { readSkips } from '../../report/expectations/files.js'
import { caseId } from '../../report/expectations/judge.js'
import { EXIT } from '../exit-codes.js'
import { interruptible } from '../interrupt.js'
import { backendOption, jsonOption, parseFake, parsePositive, parseWhole } from '../options.js'

interface Flags {
  readonly backend: BackendWish
  readonly row?: string[]
  readonly skips?: string
  readonly allowDisruptive?: boolean
  readonly list?: boolean
  readonly json?: boolean
  readonly ktap?: boolean
  readonly save?: string
  readonly compare?: string[]
  readonly markdown?: boolean
  readonly differential?: boolean
  readonly programs: number
  readonly length: number
  readonly seed: number
  readonly board?: string
  readonly kernel?: string
  readonly out?: string
  readonly against?: FakeWish
}

const EXAMPLES = `
Each row is a small program and what must come of it on every kernel, with the kernel file that says so. A row that
cannot run here is skipped with its reason; one that harms runs only when --row names it in full.

Exit codes: 0 all as expected, 1 differences, 2 wrong use, 3 the board could not be prepared, 125 nothing could be run,
130 interrupted.

Examples:
  gemrig conform
  gemrig conform --backend fake --row 'panfrost.madvise*' --row mmap
  gemrig vm --board rk3399 -- gemrig conform --save rk3399.json
  gemrig conform --compare fake.json rk3399.json
  gemrig conform --differential --board rk3399 --kernel 6.12 --programs 2000
  gemrig conform --differential --board rk3588 --programs 500
  gemrig vm --board rk3399 -- gemrig conform --differential --programs 100
  gemrig conform --differential --board rk3399 --against fake:bug=shared-bo-purged
  gemrig conform --differential --backend fake --seed 7 --programs 1 --json`

export function conformCommand(): Command {
  return new Command('conform')
    .description('check what the kernel answers, call by call, against what its sources and tests say')
    .addOption(backendOption())
    .option('--row <pattern...>', 'only rows whose id has this in it; * is anything')
    .option(
      '--skips <file>',
      'run no row that a line of this file matches (`conform@` and the row), as gemrig expect has',
    )
    .option('--allow-disruptive', 'drop the caches of the machine although it is in use')
    .option('--list', 'name the rows, and run none')
    .addOption(jsonOption())
    .addOption(new Option('--ktap', 'print KTAP, as kernel tests do').conflicts('json'))
    .option('--save <file>', 'write the results to this file')
    .addOption(
      new Option('--compare <file...>', 'show saved runs side by side, and run nothing').conflicts([
        'save',
        'ktap',
        'list',
      ]),
    ) // prettier-ignore
    .option('--markdown', 'with --compare: the table of backend calls, as Markdown')
    .addOption(
      new Option(
        '--differential',
        'run random programs on the simulation too, and show where it differs',
      ).conflicts(['row', 'list', 'ktap', 'save', 'compare']),
    )
    .addOption(positive('--programs <number>', 'with --differential: how many', 100))
    .addOption(positive('--length <number>', 'with --differential: operations of each', 200))
    .option('--seed <number>', 'with --differential: of the first; each has the next one', parseWhole, 1)
    .addOption(
      new Option(
        '--against <kind>',
        'with --differential: the simulated kernel to compare with, as of --backend (default: of the same release)',
      ).argParser(parseFake),
    )
    .option('--board <name>', 'with --differential: boot this virtual board, and compare on this machine')
    .option('--kernel <which>', 'with --board: its kernel, as of gemrig vm')
    .option('--out <folder>', 'with --board: for its console (default: a new one in gemrig-results)')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => {
      process.exitCode = await conform(flags)
    })
}

function positive(flags: string, description: string, value: number): Option {
  return new Option(flags, description).argParser(parsePositive).default(value)
}

async function conform(flags: Flags): Promise<number> {
  if (flags.differential) return (await import('./differential.js')).differential(flags)
  const print = (text: string) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  if (flags.compare !== undefined) {
    print(compareText(flags.compare.map(readRun), flags))
    return EXIT.pass
  }
  if (flags.markdown) throw new RangeError('--markdown needs --compare')
  const selection = selectRows(withoutSkips(ROWS, flags.skips), flags.row)
  if (flags.list) {
    print(listRows(selection.rows, flags.json === true))
    return EXIT.pass
  }
  const run = await runOnBoard(selection, flags)
  if (flags.save !== undefined) writeRun(flags.save, run)
  if (flags.json) print(runText(run))
  else print(flags.ktap ? toKtap(run) : `${conformTable([run])}\n${summaryLine(run)}`)
  if (run.interrupted) return EXIT.interrupted
  if (run.failed > 0) return EXIT.fail
  return run.passed === 0 ? EXIT.inconclusive : EXIT.pass
}

function withoutSkips(rows: readonly Row[], path: string | undefined): readonly Row[] {
  if (path === undefined) return rows
  const skips = readSkips(path)
  return rows.filter(({ id }) => !skips.some((skip) => skip.test(caseId('conform', id))))
}

function compareText(runs: readonly ConformRun[], { json, markdown }: Flags): string {
  if (markdown) return callTable(runs)
  if (json) return JSON.stringify(runs)
  return `${conformTable(runs)}\n${runs.map(summaryLine).join('\n')}`
}

async function runOnBoard({ rows, asked }: Selection, flags: Flags): Promise<ConformRun> {
  const { board, why } = chooseBoard(flags.backend)
  process.stderr.write(`gemrig conform on ${board.description}${why === 'asked for' ? '' : `: ${why}`}\n`)
  const progress = process.stderr.isTTY ? liveProgress(rows.length) : plainProgress()
  try {
    return await interruptible((signal) =>
      runConform(board, {
        rows,
        asked,
        allowDisruptive: flags.allowDisruptive === true,
        signal,
        ...progress,
      }),
    )
  } finally {
    progress.end()
  }
}

interface Progress {
  onBegin(id: string, index: number): void
  onRow(row: RowResult): void
  end(): void
}

const differenceLine = (row: RowResult) => (row.outcome === 'fail' ? `different: ${row.id}\n` : '')

function liveProgress(count: number): Progress {
  const update = createLogUpdate(process.stderr)
  return {
    onBegin: (id, index) => update(`${index + 1} of ${count}  ${id}`),
    onRow(row) {
      if (row.outcome === 'fail') update.clear()
      process.stderr.write(differenceLine(row))
    },
    end() {
      update.clear()
      update.done()
    },
  }
}

/** A line for each group, before it begins: the last one tells where a kernel died. */
function plainProgress(): Progress {
  let last = ''
  return {
    onBegin(id) {
      const group = id.slice(0, id.indexOf('.'))
      if (group !== last) process.stderr.write(`${group}\n`)
      last = group
    },
    onRow: (row) => process.stderr.write(differenceLine(row)),
    end: () => undefined,
  }
}
