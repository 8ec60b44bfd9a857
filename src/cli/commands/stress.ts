/** `gemrig stress`: the main job. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { chooseBoard, type BackendWish } from '../../choose-board.js'
import { checkDriverName } from '../../device/open-device.js'
import { PRESSURE_SOURCES } from '../../pressure/sources.js'
import { PRESSURE_NAMES, type PressureName } from '../../pressure/pressure-source.js'
import { Journal } from '../../report/journal.js'
import { createProgress } from '../../report/progress.js'
import { prepareResultDirectory, removeIfEmpty } from '../../report/result-directory.js'
import { REPORT_FORMATS, type ReportFormat } from '../../report/formats.js'
import { appendKernelLog } from '../../report/kernel-log-file.js'
import { writeResultJson, type ResultJson } from '../../report/result-json.js'
import { RunSummary } from '../../report/run-summary.js'
import { writeReports } from '../../report/write-report.js'
import { summaryTable } from '../../report/summary-table.js'
import { DEFAULT_PLAN, makePlan } from '../../stress/plan.js'
import { runStress } from '../../stress/run-stress.js'
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from '../../workload/scenarios/index.js'
import { exitCodeOf } from '../exit-codes.js'
import { interruptible } from '../interrupt.js'
import { backendOption, jsonOption, parseDuration, parseWhole } from '../options.js'

interface Flags {
  readonly list?: boolean
  readonly backend: BackendWish
  readonly seed: number
  readonly duration: number
  readonly actors: number
  readonly buffers: number
  readonly pressure?: string[]
  readonly driver?: string
  readonly node?: string
  readonly out?: string
  readonly report?: ReportFormat[]
  readonly allowDisruptive?: boolean
  readonly json?: boolean
}

const EXAMPLES = `
Exit codes: 0 pass, 1 the kernel broke a promise, 2 wrong use, 3 the board could not be prepared,
125 inconclusive (nothing was reclaimed), 130 interrupted.

Pressure sources:
${PRESSURE_SOURCES.map((source) => `  ${source.name.padEnd(19)} ${source.explanation}`).join('\n')}

Examples:
  gemrig stress
  gemrig stress --backend fake --seed 7 --duration 60s
  gemrig stress --list
  gemrig stress churn --duration 60s
  gemrig stress --pressure root-reclaim --actors 4 --buffers 200 --allow-disruptive
  gemrig vm --board rk3399 -- gemrig stress --seed 1`

export function stressCommand(): Command {
  return new Command('stress')
    .description(
      'work on GPU buffers while the kernel is made to reclaim them, and check every promise it makes',
    )
    .addArgument(
      new Argument('[scenario]', 'what the actors do').choices(SCENARIO_NAMES).default(DEFAULT_PLAN.scenario),
    )
    .option('--list', 'explain the scenarios, and run none')
    .addOption(backendOption())
    .option(
      '--seed <number>',
      'what the workload does; the same on every board',
      parseWhole,
      DEFAULT_PLAN.seed,
    )
    .option('--duration <time>', 'all phases together (30s, 5m)', parseDuration, DEFAULT_PLAN.durationMs)
    .option('--actors <number>', 'processes that work at the same time', parseWhole, DEFAULT_PLAN.actors)
    .option('--buffers <number>', 'most buffers of each actor', parseWhole, DEFAULT_PLAN.buffers)
    .addOption(new Option('--pressure <source...>', 'only these').choices(PRESSURE_NAMES))
    .option('--driver <name>', 'the driver to open')
    .option('--node <path>', 'the device node to open')
    .option('--out <folder>', 'where results go (default: a new folder in gemrig-results)')
    .option('--report <formats>', `also write reports: ${REPORT_FORMATS.join(',')}`, parseFormats)
    .option('--allow-disruptive', 'press on the whole machine although it is in use')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (scenario: ScenarioName, flags: Flags) => {
      if (flags.list) process.stdout.write(listScenarios(flags.json === true))
      else process.exitCode = await stress(scenario, flags)
    })
}

function listScenarios(json: boolean): string {
  if (json) {
    const plain = SCENARIOS.map(({ name, explanation, hunts }) => ({ name, explanation, hunts }))
    return `${JSON.stringify(plain, undefined, 2)}\n`
  }
  return SCENARIOS.map(
    ({ name, explanation, hunts }) => `${name.padEnd(14)} ${explanation}\n${' '.repeat(15)}hunts: ${hunts}\n`,
  ).join('')
}

async function stress(scenario: ScenarioName, flags: Flags): Promise<number> {
  checkDriverName(flags.driver)
  const plan = makePlan({
    scenario,
    seed: flags.seed,
    durationMs: flags.duration,
    actors: flags.actors,
    buffers: flags.buffers,
    ...(flags.pressure && { pressure: flags.pressure as PressureName[] }),
  })
  const { board, why } = chooseBoard(flags.backend, { seed: flags.seed })
  const say = (text: string) => process.stderr.write(`${text}\n`)
  say(`gemrig stress on ${board.description}${why === 'asked for' ? '' : `: ${why}`}`)
  const directory = prepareResultDirectory(flags.out, board.kind)
  const journal = new Journal(directory)
  const progress = createProgress(process.stderr)
  const summary = new RunSummary()
  const broken = new AbortController()
  try {
    const result = await interruptible((interrupt) =>
      runStress(board, {
        plan,
        device: { ...(flags.driver && { driver: flags.driver }), ...(flags.node && { node: flags.node }) },
        allowDisruptive: flags.allowDisruptive === true,
        signal: AbortSignal.any([interrupt, broken.signal]),
        emit: (event) => {
          // Without a journal there is no evidence: the run ends in order, and says why.
          if (!journal.tryWrite(event)) broken.abort()
          summary.observe(event)
          appendKernelLog(directory, event)
          progress.observe(event)
        },
      }),
    )
    progress.end()
    journal.close()
    const json = summary.result(directory)
    writeResultJson(json)
    await writeReports(flags.report ?? [], directory)
    if (flags.json) process.stdout.write(`${JSON.stringify(json)}\n`)
    else process.stdout.write(`${summaryTable(result)}\n${verdictLines(json)}`)
    return exitCodeOf(result.verdict)
  } finally {
    progress.end()
    journal.close()
    removeIfEmpty(directory)
  }
}

function verdictLines(result: ResultJson): string {
  const verdict = `${result.verdict}: ${result.reason}`
  return [...kernelLogLines(result), ...result.violations, verdict, `results: ${result.directory}`]
    .map((line) => `${line}\n`)
    .join('')
}

/** What the kernel said that is worth a look, and what it cost to look at the machine. */
function kernelLogLines({ kernelLog, sampling }: ResultJson): string[] {
  const { readable, reason = '', records, lost, newTaint, messages } = kernelLog
  const told = messages
    .filter(({ severity }) => severity !== 'information')
    .map(
      ({ name, count, expected }) =>
        `kernel log: ${count} x ${name}${expected === 0 ? '' : ` (${expected} expected)`}`,
    )
  const taint = newTaint === '' ? '' : `, new taint ${newTaint}`
  const head = readable ? `${records} records, ${lost} lost${taint}` : `not readable: ${reason}`
  const share = `${(sampling.share * 100).toFixed(1)} % of a processor`
  return [`kernel log: ${head}`, ...told, `sampling: ${sampling.samples} samples, ${share}`]
}

function parseFormats(text: string): ReportFormat[] {
  return text.split(',').map((wish) => {
    const format = REPORT_FORMATS.find((name) => name === wish)
    if (format === undefined) throw new InvalidArgumentError(`There are: ${REPORT_FORMATS.join(', ')}.`)
    return format
  })
}
