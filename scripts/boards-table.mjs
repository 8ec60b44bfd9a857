/**
 * Writes the tables of docs/boards.md from the saved measurements, and what boards can do from their descriptions. With
 * --measure [--boards A,B --kernels C,D] it first boots boards with kernels, measures, and saves; that takes minutes, and
 * fetches kernels that are not in the cache. --starts measures again only what is known when a board is up.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { boardsTables, reachedOf } from '../dist/report/boards-table.js'
import { boardNotes } from '../dist/vm/boards/board-notes.js'
import { VIRTUAL_BOARDS } from '../dist/vm/boards/index.js'
import { ROOT } from './setup.mjs'

const DOCUMENT = join(ROOT, 'docs/boards.md')
const SAVED = join(ROOT, 'test/board/runs/boards.json')
/** What stands above the tables. */
const LEGEND = `"Up after" is the kernel's own clock when the command starts, on two emulated processors of the machine that measured;
"in use" is the guest's memory at that moment. Below, how many of the buffers that the kernel might take each pressure
source made it take (\`gemrig probe\`, with swap in the guest); \`-\`: that source is not there, \`?\`: the driver does not tell
what is resident. On rk3288 with 7.2 the one row that ends in the kernel's BUG is left out.`
const SOURCES = ['page-cache-drop', 'memory-reclaim', 'node-reclaim', 'root-reclaim', 'drop-caches']
/** These run in the guest, whose working folder is on the host. */
const START = `read up _ </proc/uptime
meminfo() { sed -n "s/^$1: *\\([0-9]*\\) kB/\\1/p" /proc/meminfo; }
echo "$(uname -r) $up $(($(meminfo MemTotal) - $(meminfo MemAvailable)))" >start`
/** docs/findings/failed-create-stays-listed.md */
const WHOLE = `${START}
case $(uname -rm) in 7.2*armv7l) echo 'conform@panfrost\\.create-bo-no-space' ;; esac >skips
gemrig devices --json >devices.json && gemrig conform --json --skips skips >conform.json
gemrig probe --duration 2s --json --driver "$(cat /sys/bus/platform/devices/*.gpu/uevent | sed -n 's/^DRIVER=//p')" \\
  --pressure ${SOURCES.join(' ')} >probe.json`

const { values } = parseArgs({
  options: {
    measure: { type: 'boolean' },
    starts: { type: 'boolean' },
    boards: { type: 'string', default: 'all' },
    kernels: { type: 'string', default: '6.1,6.12,7.2' },
  },
})
const saved = existsSync(SAVED) ? JSON.parse(readFileSync(SAVED, 'utf8')) : []
if (values.measure || values.starts) {
  const fresh = measure(values.starts ? START : WHOLE, values.starts ? startOf : measurementOf)
  const key = ({ board, series }) => `${board} ${series}`
  const all = new Map(saved.map((each) => [key(each), each]))
  for (const each of fresh)
    if (!values.starts || all.has(key(each))) all.set(key(each), { ...all.get(key(each)), ...each })
  const order = VIRTUAL_BOARDS.map(({ name }) => name)
  const sorted = [...all.values()].sort(
    (a, b) => order.indexOf(a.board) - order.indexOf(b.board) || Number(a.series) - Number(b.series),
  )
  saved.splice(0, saved.length, ...sorted)
  writeFileSync(SAVED, `${JSON.stringify(saved, undefined, 2)}\n`)
}
const texts = {
  'boards-table': `${LEGEND}\n\n${boardsTables(saved)}`,
  'boards-notes': boardNotes(VIRTUAL_BOARDS),
}
for (const [mark, text] of Object.entries(texts)) writeBetween(mark, text)
for (const file of [DOCUMENT, SAVED])
  execFileSync(
    process.execPath,
    [join(ROOT, 'node_modules/prettier/bin/prettier.cjs'), '--log-level=warn', '--write', file],
    {
      stdio: 'inherit',
    },
  )

function writeBetween(mark, text) {
  const [begin, end] = [`<!-- ${mark} begins -->`, `<!-- ${mark} ends -->`]
  const [before, rest] = readFileSync(DOCUMENT, 'utf8').split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`${DOCUMENT} lacks the marks of ${mark}`)
  writeFileSync(DOCUMENT, `${before}${begin}\n\n${text}\n${end}${after}`)
}

function measure(script, toldBy) {
  const { boards, kernels } = values
  const out = mkdtempSync(join(tmpdir(), 'gemrig-boards-'))
  try {
    const where = ['--boards', boards, '--kernels', kernels, '--out', out, '--swap', '256M', '--jobs', '1']
    const deadlines = ['--boot-timeout', '5m', '--timeout', '15m']
    const args = ['vm', 'matrix', ...where, ...deadlines, '--json', '--', 'sh', '-c', script]
    const { stdout } = spawnSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return JSON.parse(stdout).runs.flatMap((run) => toldBy(run))
  } finally {
    rmSync(out, { recursive: true })
  }
}

/** None of a board that did not come up. */
function startOf({ board, kernel, directory }) {
  const start = directory === undefined ? '' : join(directory, 'start')
  if (!existsSync(start)) return []
  const [release, up, usedKiB] = readFileSync(start, 'utf8').trim().split(' ')
  const upSeconds = Math.round(Number(up) * 10) / 10
  return [{ board, series: kernel, release, upSeconds, usedMiB: Math.round(Number(usedKiB) / 1024) }]
}

/** None, with a word about it, of a board that did not get to the end. */
function measurementOf({ board, kernel, impossible, verdict, directory }) {
  const { summary } = VIRTUAL_BOARDS.find(({ name }) => name === board)
  if (impossible !== undefined) return [{ board, summary, series: kernel, impossible }]
  const json = (name) => JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8'))
  try {
    const [start] = startOf({ board, kernel, directory })
    const { driver } = VIRTUAL_BOARDS.find(({ name }) => name === board)
    const { version } = json('devices').devices.find((device) => device.version?.name === driver)
    const { rows, passed, failed } = json('conform')
    return [
      {
        ...start,
        summary,
        driver: `${driver} ${version.major}.${version.minor}`,
        conform: { passed, failed, skipped: rows.length - passed - failed },
        reach: reachedOf(json('probe').cells),
      },
    ]
  } catch (error) {
    process.stderr.write(`${board} ${kernel}: not measured (${verdict}; ${error.message})\n`)
    return []
  }
}
