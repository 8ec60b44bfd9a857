/** `gemrig stress` with several runs, its --resume, and `git bisect run` with it. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gemrig } from './command.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-series-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const SHORT = ['--duration', '1s', '--pressure', 'root-reclaim', '--actors', '1']

describe('a series', () => {
  it('is gone on with after the board was lost: what is finished stays as it is', async () => {
    const out = join(folder, 'series')
    const first = await gemrig(['stress', 'churn', '--repeat', '2', '--out', out, ...SHORT])
    expect(first.exitCode).toBe(0)
    const finished = readFileSync(join(out, '0001-churn', 'result.json'))
    rmSync(join(out, '0002-churn', 'result.json'))
    const metrics = join(folder, 'gemrig.prom')
    const { exitCode, stdout } = await gemrig(['stress', '--resume', out, '--json', '--prometheus', metrics])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'pass',
      reason: '2 run(s): 2 pass; 1 attempt(s) cut off',
      runs: [
        { seed: 1, cutOff: 0 },
        { seed: 2, cutOff: 1 },
      ],
    })
    expect(readdirSync(out).sort()).toEqual([
      '0001-churn',
      '0002-churn',
      '0002-churn.cut-off-1',
      'series.json',
    ])
    expect(readFileSync(join(out, '0001-churn', 'result.json')).equals(finished)).toBe(true)
    const text = readFileSync(metrics, 'utf8')
    expect(text).toContain('gemrig_runs_total{verdict="pass"} 2\n')
    expect(text).toContain('gemrig_cut_off_runs_total 1\n')
    // What is finished is not run again, and still tells that.
    expect((await gemrig(['stress', '--resume', out])).stdout).toMatch(
      /^0002-churn {2}pass: .* \(cut off before: 1\)$/m,
    )
    const again = await gemrig(['stress', 'churn', '--repeat', '2', '--out', out, ...SHORT])
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('--resume it')])
  })

  it('is gone on with after its process was killed in the middle of a run', async () => {
    const out = join(folder, 'killed')
    const file = join(folder, 'killed.json')
    const [short, long] = ['1s', '30s'].map((duration) => ({
      scenario: 'churn',
      actors: 1,
      pressure: ['root-reclaim'],
      duration,
    }))
    writeFileSync(file, JSON.stringify({ phases: [short, long] }))
    const killed = await gemrig(['stress', '--file', file, '--out', out], {
      interruptWhen: /0002-churn[^]*[1-9]\d* operations/,
      signal: 'SIGKILL',
    })
    expect(killed.exitCode).toBeNull()
    expect(readdirSync(out).sort()).toEqual(['0001-churn', '0002-churn', 'series.json'])
    expect(existsSync(join(out, '0002-churn', 'result.json'))).toBe(false)
    const finished = readFileSync(join(out, '0001-churn', 'result.json'))
    const { exitCode, stdout } = await gemrig(['stress', '--resume', out, '--json'])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'pass',
      runs: [{ cutOff: 0 }, { cutOff: 1, verdict: 'pass' }],
    })
    expect(readFileSync(join(out, '0001-churn', 'result.json')).equals(finished)).toBe(true)
    expect(existsSync(join(out, '0002-churn.cut-off-1', 'events.jsonl'))).toBe(true)
  })

  it('keeps that a rule was broken before a run was cut off', async () => {
    const out = join(folder, 'failed')
    await gemrig(['stress', 'churn', '--repeat', '2', '--report', 'ktap', '--out', out, ...SHORT])
    const [file, ktap] = ['events.jsonl', 'result.ktap'].map((name) => join(out, '0002-churn', name))
    if (file === undefined || ktap === undefined) throw new Error('no names')
    for (const gone of [join(out, '0002-churn', 'result.json'), ktap]) rmSync(gone)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const broken = { type: 'violation', t: 1, oracle: 'retained-is-intact', message: 'actor 0: buffer 1' }
    writeFileSync(file, [...lines.slice(0, -9), JSON.stringify(broken), '{"type":"oper'].join('\n'))
    for (let time = 0; time < 2; time++) {
      const { exitCode, stdout } = await gemrig(['stress', '--resume', out])
      expect(exitCode).toBe(1)
      expect(stdout).toMatch(/^0002-churn {2}fail: 1 broken promise\(s\); the journal ends after [\d.]+ s/m)
    }
    expect(readdirSync(out).sort()).toEqual(['0001-churn', '0002-churn', 'series.json'])
    expect(readFileSync(ktap, 'utf8')).toMatch(/not ok \d+ retained-is-intact/)
  })

  it('goes on with the next seed until a run fails, and then ends', async () => {
    const out = join(folder, 'until-fail')
    const preload = new URL('./lying-later.mjs', import.meta.url)
    const args = ['stress', 'churn', '--until-fail', '--seed', '7', '--json', '--out', out, ...SHORT]
    const { exitCode, stdout } = await gemrig(args, { preload })
    expect(exitCode).toBe(1)
    const { verdict, runs } = JSON.parse(stdout) as {
      verdict: string
      runs: { verdict: string; seed: number }[]
    }
    expect(verdict).toBe('fail')
    expect(runs.length).toBeGreaterThan(1)
    expect(runs.map((run) => run.verdict)).toEqual([...Array<string>(runs.length - 1).fill('pass'), 'fail'])
    expect(runs.map(({ seed }) => seed)).toEqual(runs.map((_, index) => 7 + index))
    const last =
      readdirSync(out)
        .filter((name) => name.endsWith('-churn'))
        .sort()
        .at(-1) ?? ''
    const { violations } = JSON.parse(readFileSync(join(out, last, 'result.json'), 'utf8')) as {
      violations: string[]
    }
    expect(violations.join()).toMatch(/(purged-is-for-ever|willneed-is-never-purged): buffer/)
  })

  it('runs nothing when its metrics cannot be written, and all when they cannot be any more', async () => {
    const out = join(folder, 'metrics')
    const never = await gemrig([
      'stress',
      'churn',
      '--prometheus',
      join(folder, 'no', 'x.prom'),
      '--out',
      out,
      ...SHORT,
    ])
    expect(never).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^gemrig: cannot write .*ENOENT/) as string,
    })
    expect(existsSync(out)).toBe(false)
    const place = join(folder, 'gone')
    mkdirSync(place)
    const preload = new URL(`./metrics-gone.mjs?${place}`, import.meta.url)
    const metrics = ['--prometheus', join(place, 'x.prom'), '--out', out]
    const series = await gemrig(['stress', 'churn', '--repeat', '2', ...metrics, ...SHORT], { preload })
    expect(series).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^pass: 2 run/m) as string })
    expect(series.stderr.match(/the metrics are not those of the last run/g)).toHaveLength(2)
  })

  it('refuses what does not go together', async () => {
    const both = await gemrig(['stress', 'churn', '--file', 'x.json'])
    expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining('name none')])
    expect((await gemrig(['stress', '--resume', folder])).stderr).toContain('name the folder of a series')
    const more = ['churn', '--seed', '9', '--backend', 'fake:7.2', '--out', 'x']
    const resumed = await gemrig(['stress', '--resume', folder, ...more])
    expect(resumed.stderr).toMatch(/leave out churn, --backend, --seed, --out$/m)
    expect(resumed.exitCode).toBe(2)
    writeFileSync(join(folder, 'series.json'), '{}')
    const single = await gemrig(['stress', 'churn', '--out', folder, ...SHORT])
    expect([single.exitCode, single.stderr]).toEqual([2, expect.stringContaining('holds a series already')])
    expect((await gemrig(['stress', '--shard', '3/2'])).exitCode).toBe(2)
    expect((await gemrig(['stress', '--shard', '3/2', '--bisect'])).exitCode).toBe(125)
  })
})

describe('docs/bisect.md', () => {
  const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const document = readFileSync(new URL('../../docs/bisect.md', import.meta.url), 'utf8')
  /** The first block of shell below the heading. */
  const recipe = (heading: string) =>
    new RegExp(`## ${heading}\n[^]*?\`\`\`sh\n([^]*?)\`\`\``).exec(document)?.[1] ?? ''

  /** Runs the script with these commands on its PATH. */
  function runWith(commands: Readonly<Record<string, string>>, script: string) {
    const place = mkdtempSync(join(folder, 'bisect-'))
    for (const [name, body] of Object.entries(commands))
      writeFileSync(join(place, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    const identity = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'nobody'],
      [`GIT_${who}_EMAIL`, 'nobody@example.invalid'],
    ])
    const env = {
      ...process.env,
      ...(Object.fromEntries(identity) as NodeJS.ProcessEnv),
      PATH: `${place}:${process.env['PATH'] ?? ''}`,
    }
    return spawnSync('sh', ['-c', script], { cwd: place, env, encoding: 'utf8' })
  }

  it('finds the simulated kernel with which the bug began, past those that do not boot', () => {
    const gemrig = `exec "${process.execPath}" "${MAIN}" "$@"`
    const script = `${recipe('Trying it out')}\ngit bisect log`
    const { status, stdout, stderr } = runWith({ gemrig }, script)
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(stdout).toMatch(/# first bad commit: \[\w+\] fake:7\.2,bug=double-dontneed\n/)
    expect(stdout).toMatch(/# skip: \[\w+\] none\n/)
  })

  it.each([
    ['passes', 0, 0, 0],
    ['breaks a promise', 0, 1, 1],
    ['is interrupted', 0, 130, 130],
    ['does not boot', 0, 3, 125],
    ['was not tested', 0, 125, 125],
    ['does not build', 2, 1, 125],
  ])('a kernel that %s', (_what, make, gemrig, expected) => {
    const commands = { make: `exit ${make}`, gemrig: `echo "$@"; exit ${gemrig}` }
    const { status, stdout } = runWith(commands, recipe('On a virtual board'))
    expect(status).toBe(expected)
    if (make === 0)
      expect(stdout).toMatch(/^vm --board rk3399 --kernel .*Image .*-- gemrig stress .*--bisect$/m)
  })
})
