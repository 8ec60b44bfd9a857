/** `gemrig probe`: which pressure source reaches which shrinker here. */
import { Command, Option } from 'commander'
import { chooseBoard, type BackendWish } from '../../choose-board.js'
import { checkDriverName } from '../../device/open-device.js'
import { PRESSURE_NAMES, type PressureName } from '../../pressure/pressure-source.js'
import { PRESSURE_SOURCES } from '../../pressure/sources.js'
import type { ProbePlan, ProbeResult } from '../../probe/probe-event.js'
import { runProbe } from '../../probe/run-probe.js'
import { cellLine, poolTable, probeTable } from '../../report/probe-table.js'
import { EXIT } from '../exit-codes.js'
import { interruptible } from '../interrupt.js'
import { backendOption, jsonOption, parseDuration, parseWhole } from '../options.js'
import { PRESSURE_HELP } from '../pressure-help.js'

interface Flags {
  readonly backend: BackendWish
  readonly pressure?: PressureName[]
  readonly driver?: string
  readonly duration: number
  readonly buffers: number
  readonly allowDisruptive?: boolean
  readonly json?: boolean
}

const BUFFER_BYTES = 256 * 1024
const USUAL_MS = 3000
const USUAL_BUFFERS = 32
const MOST_BUFFERS = 4096

const EXAMPLES = `
Every source is tried against every device whose buffers the kernel can take, each time with fresh buffers, and against
every pool of pages that a shrinker gives back: TTM's, and those of dma-buf heaps that keep one.

Exit codes: 0 measured, 1 the kernel broke a promise or hangs, 2 wrong use, 3 the board could not be prepared,
125 there was nothing to measure, 130 interrupted.

${PRESSURE_HELP}

Examples:
  gemrig probe --backend fake
  gemrig probe --pressure drop-caches root-reclaim --allow-disruptive
  gemrig vm --board rk3399 -- gemrig probe --json`

export function probeCommand(): Command {
  return new Command('probe')
    .description('measure which pressure source reaches which shrinker on this machine')
    .addOption(backendOption())
    .addOption(new Option('--pressure <source...>', 'only these').choices(PRESSURE_NAMES))
    .option('--driver <name>', 'only devices of this driver, and no pools')
    .option('--duration <time>', 'how long each source presses', parseDuration, USUAL_MS)
    .option('--buffers <number>', 'buffers of 256 KiB that the kernel may take', parseWhole, USUAL_BUFFERS)
    .option('--allow-disruptive', 'press on the whole machine although it is in use')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => {
      process.exitCode = await probe(flags)
    })
}

async function probe(flags: Flags): Promise<number> {
  checkDriverName(flags.driver)
  if (flags.buffers < 1 || flags.buffers > MOST_BUFFERS)
    throw new RangeError(`--buffers must be from 1 to ${MOST_BUFFERS}, not ${flags.buffers}`)
  const plan: ProbePlan = {
    pressure: flags.pressure ?? PRESSURE_SOURCES.map((source) => source.name),
    durationMs: flags.duration,
    buffers: flags.buffers,
    bufferBytes: BUFFER_BYTES,
  }
  const { board, why } = chooseBoard(flags.backend)
  const say = (text: string) => process.stderr.write(`${text}\n`)
  say(`gemrig probe on ${board.description}${why === 'asked for' ? '' : `: ${why}`}`)
  const result = await interruptible((signal) =>
    runProbe(board, {
      plan,
      ...(flags.driver === undefined ? { pools: true } : { driver: flags.driver }),
      allowDisruptive: flags.allowDisruptive === true,
      signal,
      emit: (event) => {
        if (event.type === 'cell-end') say(cellLine(event.cell))
        if (event.type === 'left-behind') say(`left behind: ${event.what}: ${event.reason}`)
      },
    }),
  )
  process.stdout.write(flags.json ? `${toJson(board.description, result)}\n` : toText(result))
  return exitCodeOfProbe(result)
}

function toJson(board: string, result: ProbeResult): string {
  return JSON.stringify({ board, ...result }, undefined, 2)
}

function toText(result: ProbeResult): string {
  const others = result.others.map(
    ({ node, driver, reason }) => `${node} (${driver}) is not probed: ${reason}`,
  )
  const tables = [
    ...(result.cells.length > 0 ? [probeTable(result, process.stdout.columns)] : []),
    ...(result.pools.length > 0 ? [poolTable(result, process.stdout.columns)] : []),
  ]
  return [...(tables.length > 0 ? tables : ['there is nothing to probe']), ...others]
    .map((line) => `${line}\n`)
    .join('')
}

function exitCodeOfProbe(result: ProbeResult): number {
  if (result.interrupted) return EXIT.interrupted
  const measured = [...result.cells, ...result.pools].flatMap((cell) => ('refused' in cell ? [] : cell))
  if (measured.some((cell) => cell.broken.length > 0)) return EXIT.fail
  return measured.length === 0 ? EXIT.inconclusive : EXIT.pass
}
