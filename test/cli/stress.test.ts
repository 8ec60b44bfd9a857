/** `gemrig stress` on the fake board: verdicts, exit codes, determinism, Ctrl-C. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
