/** `gemrig stress`: the main job. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { chooseBoard, type BackendWish } from '../../choose-board.js'
import { checkDriverName } from '../../device/open-device.js'
import { HOG_MEMORIES, type HogMemory } from '../../pressure/hog-memory.js'
import { PRESSURE_NAMES, type PressureName } from '../../pressure/pressure-source.js'
import { escapeControls } from '../../report/escape.js'
import { REPORT_FORMATS, type ReportFormat } from '../../report/formats.js'
import { writePrometheus } from '../../report/prometheus.js'
import { ResultDirectoryError } from '../../report/result-directory.js'
import type { ResultJson } from '../../report/result-json.js'
import { cutOffOf, type SeriesRunResult } from '../../series/conclusion.js'
import { shardOf, type SeriesItem } from '../../series/series.js'
import { firstFitting } from '../../stress/fitting.js'
import { DEFAULT_PLAN, makePlan } from '../../stress/plan.js'
import { SCENARIO_NAMES, type ScenarioName } from '../../workload/scenarios/index.js'
import { EXIT, exitCodeOf } from '../exit-codes.js'
import { interruptible } from '../interrupt.js'
import { backendOption, jsonOption, parseDuration, parseMiB, parseWhole, toldOptions } from '../options.js'
import { PRESSURE_HELP } from '../pressure-help.js'
import { listScenarios } from '../scenario-list.js'
import { runOnce, type RunOptions } from '../stress-run.js'
import { goOn, startSeries } from '../stress-series.js'
import { verdictLines } from '../verdict-lines.js'

interface Flags {
  readonly list?: boolean
  readonly backend: BackendWish
  readonly seed: number
  readonly duration: number
  readonly actors: number
  readonly buffers: number
  readonly pressure?: string[]
  readonly hog?: HogMemory
  readonly driver?: string
  readonly node?: string
  readonly out?: string
  readonly report?: ReportFormat[]
  readonly allowDisruptive?: boolean
  readonly swap?: number
  readonly file?: string
  readonly repeat?: number
  readonly untilFail?: boolean
  readonly shard?: [index: number, count: number]
  readonly resume?: string
  readonly prometheus?: string
  readonly json?: boolean
}

/** What can be said of a series that is gone on with; all else it has from its folder. */
const WITH_RESUME = new Set(['resume', 'bisect', 'prometheus', 'json'])

/** What a scenario file says of each of its phases. */
const FILE_KNOWS = new Set(['seed', 'duration', 'actors', 'buffers', 'pressure', 'hog'])

const EXAMPLES = `
Exit codes: 0 pass, 1 the kernel broke a promise, 2 wrong use, 3 the board could not be prepared or the results
not be written, 125 inconclusive (nothing was reclaimed), 130 interrupted.

${PRESSURE_HELP}

Examples:
  gemrig stress
  gemrig stress --backend fake --seed 7 --duration 60s
  gemrig stress --backend fake:rk3588,swap=512M
  gemrig stress --list
  gemrig stress churn --duration 60s
  gemrig stress churn prime-share mixed --repeat 10 --out nightly
  gemrig stress --resume nightly
  gemrig stress --file examples/scenarios/weekend.json --until-fail
  gemrig stress --pressure root-reclaim --actors 4 --buffers 200 --allow-disruptive
  gemrig stress --backend fake --pressure machine-pressure --hog shmem
  gemrig vm --board rk3588 -- gemrig stress evict-refault --swap 512M
  gemrig vm --board rk3399 -- gemrig stress --seed 1`

export function stressCommand(): Command {
  return new Command('stress')
    .description(
      'work on GPU buffers while the kernel is made to reclaim them, and check every promise it makes',
    )
    .addArgument(
      new Argument('[scenario...]', 'what the actors do; several are run one after the other')
        .choices(SCENARIO_NAMES)
        .default([], 'the first that fits the device'),
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
    .addOption(
      new Option('--hog <memory>', 'what hogs take (default: anonymous memory)').choices(HOG_MEMORIES),
    )
    .option('--driver <name>', 'the driver to open')
    .option('--node <path>', 'the device node to open')
    .option('--out <folder>', 'where results go (default: a new folder in gemrig-results)')
    .option('--report <formats>', `also write reports: ${REPORT_FORMATS.join(',')}`, parseFormats)
    .option('--allow-disruptive', 'press on the whole machine although it is in use')
    .option(
      '--swap <size>',
      'swap on compressed memory (zram) for the run, for drivers that evict: 256M, 1G',
      parseMiB,
    )
    .option('--file <scenario.json>', 'what to run; see docs/farm.md')
    .option('--repeat <number>', 'run it so often, with the next seed each time', parseTimes)
    .option('--until-fail', 'run it again and again, until a run fails')
    .option('--shard <i/n>', 'only the i-th of n parts of the list of scenarios', parseShard)
    .option('--resume <folder>', 'go on with a series that ended early, with the options it was started with')
    .option('--bisect', 'exit codes for git bisect run: 125 for all that could not be tested')
    .option(
      '--prometheus <file.prom>',
      'at the start and after each run: metrics for the textfile collector of node_exporter',
    )
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (scenarios: readonly ScenarioName[], flags: Flags, command: Command) => {
      if (flags.list) process.stdout.write(listScenarios(flags.json === true))
      else if (flags.resume !== undefined) {
        refuseBesideResume(command)
        tryMetrics(flags)
        process.exitCode = await goOnWith(flags.resume, flags)
      } else {
        if (flags.file !== undefined) refuseBesideFile(command)
        process.exitCode = await stress(scenarios, flags)
      }
    })
}

function refuseBesideResume(command: Command): void {
  const told = [...command.args, ...toldOptions(command, (name) => !WITH_RESUME.has(name))]
  if (told.length > 0)
    throw new RangeError(
      `--resume goes on with what the series was started with: leave out ${told.join(', ')}`,
    )
}

function refuseBesideFile(command: Command): void {
  if (command.args.length > 0) throw new RangeError('--file says which scenarios to run: name none')
  const told = toldOptions(command, (name) => FILE_KNOWS.has(name))
  if (told.length > 0) throw new RangeError(`--file says this of each phase: leave out ${told.join(', ')}`)
}

async function stress(scenarios: readonly ScenarioName[], flags: Flags): Promise<number> {
  checkDriverName(flags.driver)
  tryMetrics(flags)
  const items = await itemsOf(scenarios, flags)
  const options: RunOptions = {
    backend: flags.backend,
    ...(flags.driver !== undefined && { driver: flags.driver }),
    ...(flags.node !== undefined && { node: flags.node }),
    report: flags.report ?? [],
    allowDisruptive: flags.allowDisruptive === true,
    ...(flags.swap !== undefined && { swapBytes: flags.swap * 1024 * 1024 }),
  }
  const [only, second] = items
  const isSeries = flags.repeat !== undefined || flags.untilFail || flags.shard !== undefined
  if (only !== undefined && second === undefined && !isSeries && flags.file === undefined)
    return single(only, options, flags)
  const untilFail = flags.untilFail === true
  const repeat = flags.repeat ?? (untilFail ? undefined : 1)
  const series = { items, untilFail, ...(repeat !== undefined && { repeat }) }
  return goOnWith(startSeries(series, flags.out, options), flags)
}

async function single({ plan }: SeriesItem, options: RunOptions, flags: Flags): Promise<number> {
  const { json, table, isCutOff } = await interruptible((interrupt) =>
    runOnce(plan, flags.out, options, interrupt),
  )
  updateMetrics(flags, [json])
  if (flags.json) process.stdout.write(`${JSON.stringify(json)}\n`)
  else process.stdout.write(`${table}\n${verdictLines(json)}`)
  return isCutOff && json.verdict !== 'fail' ? EXIT.boardNotPrepared : exitCodeOf(json.verdict)
}

/** Before the first run, whose verdict must not be lost for want of a file. Throws ResultDirectoryError. */
function tryMetrics({ prometheus }: Flags): void {
  if (prometheus !== undefined) writePrometheus(prometheus, [])
}

/** The disk may be full by now: a run counts all the same. */
function updateMetrics({ prometheus }: Flags, results: readonly ResultJson[], cutOff = 0): void {
  if (prometheus === undefined) return
  try {
    writePrometheus(prometheus, results, cutOff)
  } catch (error) {
    if (!(error instanceof ResultDirectoryError)) throw error
    process.stderr.write(`gemrig: ${error.message}: the metrics are not those of the last run\n`)
  }
}

async function goOnWith(directory: string, flags: Flags): Promise<number> {
  const results: ResultJson[] = []
  const series = await goOn(directory, {
    onRun: (run, all, result) => {
      if (result !== undefined) results.push(result)
      updateMetrics(flags, results, cutOffOf(all))
      if (!flags.json) process.stdout.write(runLine(run))
    },
  })
  if (flags.json) process.stdout.write(`${JSON.stringify(series)}\n`)
  else process.stdout.write(`${series.verdict}: ${series.reason}\nresults: ${directory}\n`)
  return series.verdict === 'error' ? EXIT.boardNotPrepared : exitCodeOf(series.verdict)
}

function runLine({ folder, verdict, reason, cutOff }: SeriesRunResult): string {
  const line = `${folder}  ${verdict}: ${reason}${cutOff > 0 ? ` (cut off before: ${cutOff})` : ''}`
  return `${escapeControls(line)}\n`
}

/** What is to be run, of the command line or of the scenario file. */
async function itemsOf(scenarios: readonly ScenarioName[], flags: Flags): Promise<readonly SeriesItem[]> {
  const all =
    flags.file === undefined ? wanted().map((scenario) => itemOf(scenario, flags)) : await fileItems()
  return flags.shard === undefined ? all : shardOf(all, ...flags.shard)

  function wanted(): readonly ScenarioName[] {
    return scenarios.length > 0 ? scenarios : [usualScenario(flags)]
  }

  async function fileItems() {
    const { readScenarioFile } = await import('../../series/scenario-file.js')
    return readScenarioFile(flags.file ?? '')
  }
}

/** For a device that the usual one is not written for, another one, and says so. */
function usualScenario({ backend, driver, node }: Flags): ScenarioName {
  const wish = { ...(driver !== undefined && { driver }), ...(node !== undefined && { node }) }
  const fitting = firstFitting(chooseBoard(backend).board, wish)
  if (fitting === undefined || fitting.scenario === DEFAULT_PLAN.scenario) return DEFAULT_PLAN.scenario
  process.stderr.write(`${fitting.scenario} is the first scenario that is written for ${fitting.driver}\n`)
  return fitting.scenario
}

function itemOf(scenario: ScenarioName, flags: Flags): SeriesItem {
  const plan = makePlan({
    scenario,
    seed: flags.seed,
    durationMs: flags.duration,
    actors: flags.actors,
    buffers: flags.buffers,
    ...(flags.pressure && { pressure: flags.pressure as PressureName[] }),
    ...(flags.hog !== undefined && { hog: flags.hog }),
  })
  return { name: scenario, plan }
}

function parseShard(text: string): [index: number, count: number] {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? []
  if (index === undefined || count === undefined || index < 1 || index > count)
    throw new InvalidArgumentError('It must be a part and a number of parts, such as 1/4.')
  return [index, count]
}

function parseTimes(text: string): number {
  const times = parseWhole(text)
  if (times < 1) throw new InvalidArgumentError('It must be 1 or more.')
  return times
}

function parseFormats(text: string): ReportFormat[] {
  return text.split(',').map((wish) => {
    const format = REPORT_FORMATS.find((name) => name === wish)
    if (format === undefined) throw new InvalidArgumentError(`There are: ${REPORT_FORMATS.join(', ')}.`)
    return format
  })
}
