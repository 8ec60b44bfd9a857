/**
 * Writes the table of docs/boards.md: boots each board with each kernel that it runs, and measures. With --check it only
 * says whether the table names every board. Needs dist/; takes minutes, and fetches kernels that are not in the cache.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './setup.mjs'

const DOCUMENT = join(ROOT, 'docs/boards.md')
const [BEGIN, END] = ['<!-- boards-table begins -->', '<!-- boards-table ends -->']
const KERNELS = ['6.1', '6.12', '7.2']
/** What stands above the table. */
const LEGEND = `"Up after" is the kernel's own clock when the command starts; the next column is the whole command on the machine
that wrote the table, from the shell's prompt to the next one, with a warm cache and a small program that opens the
device; memory is what the guest has in use meanwhile.`
/** Runs in the guest. */
const PROBE = `
  const { readFileSync } = await import('node:fs')
  const { openDevice } = await import('/app/dist/index.js')
  const { release } = await import('node:os')
  const device = openDevice({ driver: process.argv[1] })
  const meminfo = readFileSync('/proc/meminfo', 'utf8')
  const kib = (name) => Number(new RegExp(name + ': +(\\\\d+)').exec(meminfo)[1])
  console.log(JSON.stringify({
    release: release(),
    driver: device.driver + ' ' + device.version.major + '.' + device.version.minor,
    usedMiB: Math.round((kib('MemTotal') - kib('MemAvailable')) / 1024),
  }))`

const { VIRTUAL_BOARDS } = await import('../dist/vm/boards/index.js')
const { combinations } = await import('../dist/vm/matrix/combinations.js')
const text = readFileSync(DOCUMENT, 'utf8')
const [before, rest] = text.split(BEGIN)
const after = rest?.split(END)[1]
if (after === undefined) fail(`${DOCUMENT} lacks the marks of the table`)

if (process.argv.includes('--check')) {
  const lacking = VIRTUAL_BOARDS.filter(({ name }) => !rest.split(END)[0].includes(`| ${name} `))
  if (lacking.length > 0) fail(`not in docs/boards.md: ${lacking.map(({ name }) => name).join(', ')}`)
  process.exit(0)
}

const rows = [
  ['Board', 'GPU', 'Kernel', 'Driver', 'Up after', 'Whole command', 'Memory in use'],
  ['---', '---', '---', '---', '---', '---', '---'],
]
for (const { board, kernel, impossible } of combinations(
  VIRTUAL_BOARDS.map(({ name }) => name),
  KERNELS,
)) {
  const { driver, summary } = VIRTUAL_BOARDS.find(({ name }) => name === board)
  if (impossible !== undefined) {
    rows.push([board, summary, kernel, 'none', '', '', ''])
    continue
  }
  process.stderr.write(`${board} ${kernel}\n`)
  const { stdout, stderr, seconds } = vm(board, kernel, ['node', '--input-type=module', '-e', PROBE, driver])
  const found = JSON.parse(stdout)
  const up = /is up, ([\d.]+) s/.exec(stderr)[1]
  rows.push([board, summary, found.release, found.driver, `${up} s`, `${seconds} s`, `${found.usedMiB} MiB`])
}
writeFileSync(
  DOCUMENT,
  `${before}${BEGIN}\n\n${LEGEND}\n\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n\n${END}${after}`,
)
execFileSync(process.execPath, [join(ROOT, 'node_modules/prettier/bin/prettier.cjs'), '--write', DOCUMENT], {
  stdio: 'ignore',
})

/** Seconds are those of the whole command with a warm cache, the power-off of the guest included. */
function vm(board, kernel, command) {
  const out = mkdtempSync(join(tmpdir(), 'gemrig-boards-'))
  const main = join(ROOT, 'dist/cli/main.js')
  try {
    const prepared = spawnSync(process.execPath, [
      main,
      'vm',
      'prepare',
      '--board',
      board,
      '--kernel',
      kernel,
    ])
    if (prepared.status !== 0) fail(prepared.stderr.toString())
    const start = performance.now()
    const args = [
      'vm',
      '--board',
      board,
      '--kernel',
      kernel,
      '--boot-timeout',
      '120s',
      '--out',
      out,
      '--',
      ...command,
    ]
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    if (status !== 0) fail(`${board} ${kernel}: ${stderr}`)
    return { stdout, stderr, seconds }
  } finally {
    rmSync(out, { recursive: true })
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
