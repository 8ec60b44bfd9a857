/** `gemrig stress` with several runs, its --resume, and `git bisect run` with it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass', runs: [{ seed: 1 }, { seed: 2 }] })
    expect(readdirSync(out).sort()).toEqual([
      '0001-churn',
      '0002-churn',
      '0002-churn.cut-off-1',
      'series.json',
    ])
    expect(readFileSync(join(out, '0001-churn', 'result.json')).equals(finished)).toBe(true)
    const text = readFileSync(metrics, 'utf8')
    expect(text).toContain('gemrig_runs_total{verdict="pass"} 2\n')
    const again = await gemrig(['stress', 'churn', '--repeat', '2', '--out', out, ...SHORT])
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('--resume it')])
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

  it('refuses what does not go together', async () => {
    const both = await gemrig(['stress', 'churn', '--file', 'x.json'])
    expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining('name none')])
    expect((await gemrig(['stress', '--resume', folder])).stderr).toContain('name the folder of a series')
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
