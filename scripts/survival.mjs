/**
 * `npm run survival`: does somebody else on a small board live through the stress? Boots a virtual board with 512 MiB, runs
 * every scenario there beside a small process that answers once a second, and fails when that process was killed or one of
 * its answers took more than a few seconds. With the usual 10 minutes a scenario it takes about three hours.
 */
import { once } from 'node:events'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { parseArgs } from 'node:util'
import { ROOT, buildTypeScript } from './setup.mjs'

const HELP = `Usage: npm run survival -- [options]

Runs every scenario of gemrig stress on a small virtual board, beside a process that answers once a second.

  --board NAME      rk3399 (default), rk3288, rk3568, rk3588
  --memory MIB      memory of the board (default: 512)
  --swap MIB        swap in the guest, which what evicts needs (default: none)
  --duration TIME   of each scenario (default: 10m)
  --scenarios A,B   only these (default: all that the board's driver can run)
  --stall SECONDS   the longest that an answer may take (default: 5)
  --out FOLDER      where results go (default: gemrig-results/survival)

Exit codes: 0 the process lived and answered in time; 1 it did not, or a run did not pass; 3 the board could not be booted.

Examples:
  npm run survival -- --duration 30s
  npm run survival -- --board rk3288 --scenarios churn,mixed --duration 2m
  npm run survival -- --board rk3588 --swap 256
`
/** What the pressure sources take beyond the duration, and the start of Node under emulation. */
const MOST_BEYOND_MS = 10 * 60_000

const values = options()
if (values.help) {
  process.stdout.write(HELP)
  process.exit()
}
buildTypeScript()
const { SCENARIOS } = await import('../dist/workload/scenarios/index.js')
const { findVirtualBoard } = await import('../dist/vm/boards/index.js')
const { runVm } = await import('../dist/vm/run-vm.js')
const { parseDuration } = await import('../dist/duration.js')

const swapMiB = values.swap === undefined ? undefined : whole('swap')
const scenarios = chosen()
const memoryMiB = whole('memory')
const durationMs = parseDuration(values.duration)
if (!durationMs) fail(`--duration ${values.duration} is no time such as 30s or 10m`, 2)
const stallMs = whole('stall') * 1000
const out = resolve(values.out)
mkdirSync(out, { recursive: true })
copyFileSync(join(ROOT, 'scripts', 'survival-guest.mjs'), join(out, 'survival-guest.mjs'))

const stdout = new PassThrough()
const told = []
createInterface({ input: stdout }).on('line', (line) => {
  if (!line.startsWith('{')) return
  const result = JSON.parse(line)
  told.push(result)
  process.stdout.write(`${lineOf(result)}\n`)
})
const ended = once(stdout, 'end')
const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort())
const { exitCode } = await runVm({
  board: values.board,
  memoryMiB,
  ...(swapMiB !== undefined && { swapMiB }),
  command: ['node', './survival-guest.mjs', '.', values.duration, ...scenarios],
  outDirectory: out,
  runTimeoutMs: scenarios.length * (2 * durationMs + MOST_BEYOND_MS),
  stdout,
  stderr: process.stderr,
  signal: interrupt.signal,
  onProgress: (line) => process.stderr.write(`${line}\n`),
}).catch((error) => fail(error.message, 3))
stdout.end()

await ended
const wrong = told.filter((each) => faultOf(each) !== undefined)
const isWhole = exitCode === 0 && told.length === scenarios.length
process.stdout.write(
  `${told.length - wrong.length} of ${scenarios.length} scenarios on ${values.board} with ${memoryMiB} MiB\n`,
)
process.exitCode = interrupt.signal.aborted ? 130 : isWhole && wrong.length === 0 ? 0 : 1

function lineOf(result) {
  const { scenario, verdict, reason, answers, longestMs, durationMs } = result
  const fault = faultOf(result)
  return (
    `${fault === undefined ? 'ok    ' : 'not ok'} ${scenario}: ${answers} answers, the longest took ${longestMs} ms` +
    `${fault === undefined ? '' : `; ${fault}`} (${verdict} after ${Math.round(durationMs / 1000)} s: ${reason})`
  )
}

/** What went wrong, in words. */
function faultOf({ died, answers, longestMs, verdict }) {
  if (died) return `the process ended (${died.signal ?? `code ${died.code}`})`
  if (longestMs > stallMs) return 'it stalled'
  if (answers === 0) return 'it never answered'
  return verdict === 'pass' ? undefined : 'the run did not pass'
}

function chosen() {
  const { driver } = findVirtualBoard(values.board)
  const known = SCENARIOS.filter(
    ({ drivers, reclaim }) => drivers.includes(driver) && (reclaim !== 'eviction' || swapMiB !== undefined),
  ).map(({ name }) => name)
  if (known.length === 0) fail(`what runs on ${values.board} evicts: give it --swap`, 2)
  const wished = values.scenarios?.split(',') ?? known
  const strange = wished.find((name) => !known.includes(name))
  if (strange !== undefined) fail(`'${strange}' is none of ${known.join(', ')}`, 2)
  return wished
}

function whole(name) {
  const value = Number(values[name])
  if (!Number.isSafeInteger(value) || value <= 0)
    fail(`--${name} ${values[name]} is no whole number above 0`, 2)
  return value
}

function options() {
  const string = (value) => ({ type: 'string', ...(value && { default: value }) })
  try {
    return parseArgs({
      options: {
        board: string('rk3399'),
        memory: string('512'),
        swap: string(),
        duration: string('10m'),
        scenarios: string(),
        stall: string('5'),
        out: string(join('gemrig-results', 'survival')),
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    return fail(error.message, 2)
  }
}

function fail(message, code) {
  process.stderr.write(`survival: ${message}\n`)
  process.exit(code)
}
