/** `gemrig stress` on the fake board: verdicts, exit codes, determinism, Ctrl-C. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResultJson } from '../../dist/report/result-json.js'
import { gemrig } from './command.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const stress = (name: string, ...args: string[]) => gemrig(['stress', '--out', join(folder, name), ...args])
const journal = (name: string) => readFileSync(join(folder, name, 'events.jsonl'))

describe('gemrig stress', () => {
  it('passes, and its table has a row for each pressure source', async () => {
    const { exitCode, stdout } = await stress('pass')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/cgroup squeeze .*1 \(the hog\)/)
    expect(stdout).toMatch(/root reclaim /)
    expect(stdout).toMatch(/machine pressure /)
    expect(stdout).toMatch(/^pass: \d+ buffers purged, \d+ verified, \d+ others checked, no promise broken$/m)
  })

  it('the same seed gives the same journal, byte for byte; another seed another one', async () => {
    await Promise.all([stress('a', '--seed', '5'), stress('b', '--seed', '5'), stress('c', '--seed', '6')])
    expect(journal('a').length).toBeGreaterThan(100_000)
    expect(journal('a').equals(journal('b'))).toBe(true)
    expect(journal('a').equals(journal('c'))).toBe(false)
  })

  it('is inconclusive, exit code 125, when nothing was reclaimed', async () => {
    const { exitCode, stdout } = await stress('none', '--pressure', 'cgroup-squeeze')
    expect(exitCode).toBe(125)
    expect(stdout).toMatch(/^inconclusive: nothing was reclaimed/m)
  })

  it('--json prints the result that is also in result.json, and nothing else on stdout', async () => {
    const { exitCode, stdout } = await stress('json', '--json', '--pressure', 'root-reclaim', '--actors', '3')
    const result = JSON.parse(stdout) as ResultJson
    expect(exitCode).toBe(0)
    expect(result).toMatchObject({ verdict: 'pass', plan: { actors: 3 }, board: { kind: 'fake' } })
    expect(result.phases).toHaveLength(1)
    expect(JSON.parse(readFileSync(join(folder, 'json', 'result.json'), 'utf8'))).toEqual(result)
  })

  it('shows what the kernel prints without doing what it says, and so does replay', async () => {
    const preload = new URL('./hostile-kernel.mjs', import.meta.url)
    const out = join(folder, 'hostile')
    const plan = ['--duration', '1s', '--actors', '1', '--buffers', '16', '--pressure', 'root-reclaim']
    const shown = String.raw`kasan: BUG: KASAN: x\x1b[2J\x9b2J\x0dpass: y\u202e`
    const run = await gemrig(['stress', '--out', out, ...plan], { preload })
    expect(run.exitCode).toBe(1)
    const replay = await gemrig(['replay', out, '--backend', 'fake'], { preload })
    for (const text of [run.stdout, run.stderr, replay.stdout]) {
      expect(text).toContain(shown)
      expect(text).not.toMatch(/[\u001b\u009b\r]/)
    }
  })

  it('Ctrl-C ends it in order: exit code 130, a whole journal with its end', async () => {
    const { exitCode, stdout } = await gemrig(
      ['stress', '--out', join(folder, 'interrupted'), '--duration', '24h'],
      { interruptWhen: /[1-9]\d* operations/ },
    )
    expect(exitCode).toBe(130)
    expect(stdout).toMatch(/^interrupted: ended before its time$/m)
    const last = journal('interrupted').toString().trimEnd().split('\n').at(-1) ?? ''
    expect(JSON.parse(last)).toMatchObject({ type: 'run-end', verdict: 'interrupted' })
  })
})

describe('gemrig devices', () => {
  it('lists what can be purged, and the heaps', async () => {
    const { exitCode, stdout } = await gemrig(['devices', '--json'])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      devices: [
        { path: '/dev/dri/renderD128', support: 'purgeable', version: { name: 'panfrost' } },
        { path: '/dev/dri/card1', support: 'buffers', version: { name: 'vgem' } },
      ],
      heaps: ['system'],
    })
  })
})

describe('the command that does a run again', () => {
  const PLAN = ['--seed', '3', '--duration', '1s', '--actors', '1', '--buffers', '16']
  const DEVICE = ['--driver', 'panfrost', '--node', '/dev/dri/renderD128']

  it.each([
    ['madvise-storm', '--backend', 'fake:7.2,bug=double-dontneed', '--pressure', 'root-reclaim'],
    ['churn', '--backend', 'fake:7.2+shrinker,swap=64M', '--pressure', 'shrinker-debugfs', 'drop-caches'],
    ['--backend', 'fake:6.1,shrinker-debug,lru_gen', '--pressure', 'drop-caches', ...DEVICE],
    [
      'evict-refault',
      '--backend',
      'fake:rk3588,swap=64M',
      '--pressure',
      'root-reclaim',
      '--allow-disruptive',
    ],
  ])('gives the same journal, byte for byte: %s %s %s', async (...args) => {
    const [first, again] = ['first', 'again'].map((name) => `${name}-${args.join('')}`.replaceAll('/', '-'))
    if (first === undefined || again === undefined) throw new Error('no folders')
    await stress(first, ...PLAN, ...args)
    const { replay } = JSON.parse(readFileSync(join(folder, first, 'result.json'), 'utf8')) as ResultJson
    const [program, ...words] = replay.split(' ')
    expect(program).toBe('gemrig')
    await gemrig([...words, '--out', join(folder, again)])
    expect(journal(first).length).toBeGreaterThan(1000)
    expect(journal(again).equals(journal(first))).toBe(true)
  })
})

describe('a full disk', () => {
  const SHORT = ['--duration', '60s', '--pressure', 'root-reclaim', '--actors', '1']
  const result = (name: string) =>
    JSON.parse(readFileSync(join(folder, name, 'result.json'), 'utf8')) as ResultJson

  it("that takes no kernel log ends the run in order, with the file's name and exit code 3", async () => {
    const out = join(folder, 'no-kmsg')
    const preload = new URL('./full-disk.mjs?kmsg', import.meta.url)
    const { exitCode, stdout, stderr } = await gemrig(['stress', 'churn', '--out', out, ...SHORT], {
      preload,
    })
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 })
    expect(stdout).toContain(`interrupted: cannot write ${join(out, 'kmsg.log')} (ENOSPC)\n`)
    expect(stdout).toMatch(/root reclaim /)
    expect(result('no-kmsg')).toMatchObject({ verdict: 'interrupted', complete: true })
    expect(result('no-kmsg').durationMs).toBeLessThan(60_000)
    const last = journal('no-kmsg').toString().trimEnd().split('\n').at(-1) ?? ''
    expect(JSON.parse(last)).toMatchObject({ type: 'run-end', verdict: 'interrupted' })
  })

  it('that takes no journal does not hide that a promise was broken: exit code 1', async () => {
    const out = join(folder, 'no-journal')
    const preload = new URL('./full-disk.mjs', import.meta.url)
    const { exitCode, stdout } = await gemrig(['stress', 'churn', '--out', out, ...SHORT], { preload })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^fail: \d+ broken promise\(s\); cannot write .*events\.jsonl \(ENOSPC\)$/m)
    expect(result('no-journal').verdict).toBe('fail')
  })

  it('ends a series with exit code 3, and its run is to be done again', async () => {
    const out = join(folder, 'no-series')
    const preload = new URL('./full-disk.mjs?at-once', import.meta.url)
    const args = ['stress', 'churn', '--repeat', '3', '--json', '--out', out, ...SHORT]
    const { exitCode, stdout } = await gemrig(args, { preload })
    expect(exitCode).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'error',
      runs: [{ verdict: 'error', reason: expect.stringMatching(/events\.jsonl \(ENOSPC\)/) as string }],
    })
    expect(readdirSync(out).sort()).toEqual(['0001-churn', 'series.json'])
    expect(result('no-series/0001-churn').verdict).toBe('interrupted')
  })
})
