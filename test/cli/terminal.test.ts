/** What people see: at a real terminal (a pty of util-linux's script), in a pipe, and in CI. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { lockCache } from '../../dist/vm/cache/cache-lock.js'
import { findProgram } from '../../dist/vm/host/programs.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const ESC = '\u001b'
const CTRL_C = '\u0003'
/** Of colours and styles; those that move the cursor end in other letters. */
const COLOURS = new RegExp(`${ESC}\\[[\\d;]*m`)

let folder = ''
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'gemrig-terminal-'))))
afterAll(() => rmSync(folder, { recursive: true }))

/** The lines that were on the screen at any time, and all that was written. `typeWhen`: what then is typed. */
async function atTerminal(
  columns: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  typeWhen?: { readonly seen: RegExp; readonly keys: string },
) {
  const command = `stty cols ${columns} rows 24; exec '${process.execPath}' '${MAIN}' ${args.join(' ')}`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm', CI: '', ...env },
  })
  let seen = ''
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
    if (typeWhen?.seen.test(seen) !== true) return
    child.stdin.write(typeWhen.keys)
    typeWhen = undefined
  })
  const [written, exitCode] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ])
  const lines = written
    .split(/\r?\n|\r/)
    .map((line) => line.replaceAll(new RegExp(`${ESC}\\[[?\\d;]*[A-Za-z]`, 'g'), ''))
  return { exitCode, written, lines }
}

const run = (name: string, duration = '1s') => [
  ...['stress', '--backend', 'fake', '--duration', duration, '--buffers', '16', '--actors', '1'],
  ...['--pressure', 'root-reclaim', '--out', join(folder, name)],
]

describe.each([40, 80])('a terminal of %i columns', (columns) => {
  test('has a live line and a summary that fit, and no colours', async () => {
    const { exitCode, written, lines } = await atTerminal(columns, run(`wide-${columns}`), { NO_COLOR: '1' })
    expect(exitCode).toBe(0)
    expect(written).not.toMatch(COLOURS)
    // It moves its cursor, and shows it again in the end.
    expect(written).toContain(`${ESC}[2K`)
    expect(written.lastIndexOf(`${ESC}[?25h`)).toBeGreaterThan(written.lastIndexOf(`${ESC}[?25l`))
    const live = lines.filter((line) => /^root-reclaim {2}\d/.test(line))
    expect(live.length).toBeGreaterThan(0)
    expect(live.some((line) => line.includes('purged ('))).toBe(true)
    for (const line of live) expect(line.length).toBeLessThan(columns)
    const [from, to] = ['root reclaim, ', 'kernel log: '].map((begin) =>
      lines.findIndex((line) => line.startsWith(begin)),
    )
    const summary = lines.slice(from, to)
    expect(summary.filter((line) => line.length > columns)).toEqual([])
    expect(summary.join('\n')).toMatch(/root reclaim, [\d.]+ s:\n {2}\d+ of \d+ purged/)
    expect(lines.some((line) => line.startsWith('pass: '))).toBe(true)
  })
})

describe.each([60, 200])('the tables of other commands in a terminal of %i columns', (columns) => {
  const FAKE = ['--backend', 'fake']

  test.each([
    ['devices', ['devices', ...FAKE], /panfrost 1\.2/],
    ['probe', ['probe', ...FAKE, '--pressure', 'cgroup-squeeze', 'memory-high'], /cgroup squeeze/],
    ['compare', ['compare', `$A`, `$B`], /operations per second/],
  ])('%s fits', async (name, args, content) => {
    const sides = { A: join(folder, `a-${columns}`), B: join(folder, `b-${columns}`) }
    if (name === 'compare') {
      await atTerminal(columns, run(`a-${columns}`))
      await atTerminal(columns, [...run(`b-${columns}`, '2s'), '--seed', '2'])
    }
    const { lines } = await atTerminal(columns, args, sides)
    expect(lines.join('\n')).toMatch(content)
    if (columns === 200) expect(lines.some((line) => line.startsWith('│'))).toBe(true)
    // Sentences are for the terminal to wrap.
    const ofTables = lines.filter((line) => /^[┌│├└]|^ {2}/.test(line))
    expect(ofTables.length).toBeGreaterThan(2)
    expect(ofTables.filter((line) => line.length > columns)).toEqual([])
  })
})

test('a wide terminal has the table', async () => {
  const { lines } = await atTerminal(120, run('wide-120'))
  expect(lines.some((line) => /^│ root reclaim +│/.test(line))).toBe(true)
})

test('a terminal in CI gets plain lines', async () => {
  const { written } = await atTerminal(80, run('plain'), { CI: 'true' })
  expect(written).not.toContain(ESC)
  expect(written).toMatch(/^root-reclaim {2}\d/m)
})

test.each([
  ['while actors start', /gemrig stress on/],
  ['while it works', /root-reclaim {2}[1-9]/],
])('Ctrl-C at a terminal %s ends the run, and leaves the terminal as it was', async (_when, seen) => {
  const name = `interrupted-${seen.source.length}`
  const { exitCode, written } = await atTerminal(80, run(name, '10m'), {}, { seen, keys: CTRL_C })
  expect(exitCode).toBe(130)
  expect(written).toContain('interrupted: ended before its time')
  expect(written.lastIndexOf(`${ESC}[?25h`)).toBeGreaterThanOrEqual(written.lastIndexOf(`${ESC}[?25l`))
  expect(existsSync(join(folder, name, 'result.json'))).toBe(true)
})

const programs = ['qemu-system-aarch64', 'dtc', 'aarch64-linux-gnu-g++', 'apt-get', 'npm', 'mke2fs', 'depmod']
const missing = programs.filter((name) => findProgram(name) === undefined)
const skipped = missing.length === 0 ? '' : ` (skipped: this machine lacks ${missing.join(', ')})`

test.skipIf(missing.length > 0)(
  `Ctrl-C ends gemrig vm --shell while its parts are made${skipped}`,
  async () => {
    const cache = join(folder, 'cache')
    mkdirSync(cache)
    // Whoever holds the lock is making them.
    const lock = await lockCache(cache, () => undefined)
    try {
      const args = ['vm', '--shell', '--out', join(folder, 'shell')]
      const typeWhen = { seen: /another gemrig is preparing parts/, keys: CTRL_C }
      const { exitCode, written } = await atTerminal(80, args, { GEMRIG_CACHE: cache }, typeWhen)
      expect(written).toContain('gemrig: interrupted, cleaning up')
      expect(exitCode).toBe(130)
    } finally {
      await lock.release()
    }
  },
)
