// `npm run bench:native`: gemrig beside C on a virtual board, and what of it needs no GPU on this machine.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { arch, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ROOT, setUp } from '../../scripts/setup.mjs'
import { judge } from './aims.mjs'
import { measureHost } from './host.mjs'
import { boardMemoryTable, boardTable, hostTables } from './tables.mjs'

const HELP = `Usage: npm run bench:native -- [options]

gemrig's calls beside a C program that runs the same loops, on the virtual board rk3399, and what needs no GPU on this
machine itself.

  --rounds N          how often each loop is measured, in turn with the others (default 5)
  --milliseconds N    how long it runs each time, about (default 10)
  --wall              the board's time is this machine's, not the guest's instructions at one nanosecond each
  --cold              no warming up: quick, and of no worth but to see that it works
  --host, --board     only that part
  --json              results as one JSON object
  --help

Examples:
  npm run bench:native
  npm run bench:native -- --host
  npm run --silent bench:native -- --rounds 9 --json >bench.json`

/** The kernel's headers for C, which Debian's cross compiler brings with the DRM ones that the machine's own lacks. */
const KERNEL_HEADERS = '/usr/aarch64-linux-gnu/include/drm'
const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const load = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href)

let options
try {
  options = parse()
} catch (error) {
  console.error(`${error.message}\n\n${HELP}`)
  process.exit(2)
}
if (options.help) console.log(HELP)
else {
  try {
    await main()
  } catch (error) {
    console.error(error.message)
    process.exitCode = 3
  }
}

function parse() {
  const flag = { type: 'boolean', default: false }
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      milliseconds: { type: 'string', default: '10' },
      ...{ wall: flag, cold: flag, host: flag, board: flag, json: flag, help: flag },
    },
  })
  for (const name of ['rounds', 'milliseconds']) {
    if (!/^[1-9]\d{0,4}$/.test(values[name]))
      throw new Error(`--${name} must be a whole number from 1 to 99999`)
  }
  return values
}

async function main() {
  const missing = await setUp()
  if (missing !== undefined) throw new Error(missing)
  const folder = mkdtempSync(join(tmpdir(), 'gemrig-bench-'))
  try {
    const results = { machine: machine() }
    if (options.host || !options.board) results.host = await onHost(folder)
    if (options.board || !options.host) results.board = await onBoard(folder)
    console.log(options.json ? JSON.stringify(results) : asText(results))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function machine() {
  return { cpu: cpus()[0]?.model ?? 'unknown', arch: arch(), node: process.version }
}

function compile(compiler, debianPackage, output, flags) {
  const args = [
    '-O2',
    '-pthread',
    '-idirafter',
    KERNEL_HEADERS,
    ...flags,
    '-o',
    output,
    join(FOLDER, 'loops.c'),
  ]
  const { status, stderr, error } = spawnSync(compiler, args, { encoding: 'utf8' })
  if (error?.code === 'ENOENT')
    throw new Error(`the C program needs ${compiler}: apt-get install ${debianPackage}`)
  if (status === 0) return
  const advice = /drm\.h/.test(stderr) ? ': apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross' : ''
  throw new Error(`${stderr}the C program could not be compiled${advice}`)
}

async function onHost(folder) {
  const program = join(folder, 'loops-host')
  compile('gcc', 'gcc', program, [])
  return measureHost(load, program, { ...size(), isWarm: !options.cold })
}

function size() {
  return { rounds: Number(options.rounds), milliseconds: Number(options.milliseconds) }
}

async function onBoard(folder) {
  const { findProgram } = await load('vm/host/programs.js')
  const { runVm } = await load('vm/run-vm.js')
  const shared = join(folder, 'shared')
  mkdirSync(shared)
  for (const name of ['c-loops.mjs', 'guest.mjs', 'loops.mjs', 'measure.mjs'])
    copyFileSync(join(FOLDER, name), join(shared, name))
  compile('aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross', join(shared, 'loops'), [
    '-static',
  ])
  if (!options.wall) useCountingQemu(join(folder, 'bin'), findProgram('qemu-system-aarch64'))

  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const stdout = new PassThrough()
  const output = text(stdout)
  const { exitCode } = await runVm({
    board: 'rk3399',
    command: [
      'node',
      'guest.mjs',
      '/app',
      './loops',
      options.rounds,
      options.milliseconds,
      ...(options.cold ? ['--cold'] : []),
    ],
    outDirectory: shared,
    accelerator: 'tcg',
    signal: interrupted.signal,
    stdout,
    stderr: process.stderr,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  })
  stdout.end()
  if (exitCode !== 0) throw new Error(`the benchmark on the board ended with exit code ${exitCode}`)
  const { cases, systemCall, clock } = JSON.parse(await output)
  const median = (await import('./measure.mjs')).median
  const clockNs = median(clock)
  return {
    unit: options.wall
      ? 'nanoseconds of QEMU (TCG)'
      : 'guest instructions, one nanosecond each (QEMU TCG, -icount)',
    clockNs,
    systemCallNs: { alone: median(systemCall.alone), threaded: median(systemCall.threaded) },
    rows: cases.map((one) => judge(one, clockNs)),
    times: cases,
  }
}

function useCountingQemu(bin, real) {
  mkdirSync(bin)
  const standIn = join(bin, 'qemu-system-aarch64')
  copyFileSync(join(FOLDER, 'counting-qemu.sh'), standIn)
  chmodSync(standIn, 0o755)
  process.env.GEMRIG_BENCH_QEMU = real
  process.env.PATH = `${bin}:${process.env.PATH}`
}

function asText({ machine: { cpu, node }, host, board }) {
  const parts = []
  if (host !== undefined) parts.push(`This machine (${cpu}, Node ${node})\n${hostTables(host)}`)
  if (board !== undefined) {
    const { alone, threaded } = board.systemCallNs
    const misses = board.rows.flatMap((row) => row.misses)
    parts.push(
      `Virtual board rk3399: ${board.unit}`,
      boardTable(board.rows),
      boardMemoryTable(board.rows),
      `A refused ioctl: ${alone.toFixed(0)} ns in a process with one thread, ${threaded.toFixed(0)} with two, as C has here and Node always. A look at the clock: ${board.clockNs.toFixed(0)} ns.`,
      misses.length === 0
        ? 'All aims are met.'
        : `What limits the rest:\n${misses.map((line) => `  ${line}`).join('\n')}`,
    )
  }
  return parts.join('\n\n')
}
