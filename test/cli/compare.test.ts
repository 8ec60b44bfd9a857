/** `gemrig compare` of runs on the fake board. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Comparison } from '../../dist/report/compare/comparison.js'
import { gemrig } from './command.js'

let folder = ''
const at = (name: string) => join(folder, name)

async function stress(name: string, ...args: string[]): Promise<void> {
  const common = ['--duration', '1s', '--actors', '1', '--pressure', 'root-reclaim', '--out', at(name)]
  const { exitCode, stderr } = await gemrig(['stress', 'churn', ...common, ...args])
  expect(exitCode, stderr).toBe(0)
}

interface JournalLine {
  readonly type: string
  readonly operation?: { readonly op: string }
  readonly durationUs?: number
}

function rewrite(run: string, change: (line: JournalLine) => readonly object[]): void {
  const path = join(run, 'events.jsonl')
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const changed = lines.flatMap((line) => change(JSON.parse(line) as JournalLine))
  writeFileSync(path, changed.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

function slowerCreate(line: JournalLine): readonly object[] {
  const isCreate = line.operation?.op === 'create'
  return [isCreate ? { ...line, durationUs: 3 * (line.durationUs ?? 0) + 10 } : line]
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-compare-'))
  await stress('a')
  await stress('series', '--repeat', '6')
  cpSync(at('series'), at('slower'), { recursive: true })
  for (const name of readdirSync(at('slower')).filter((name) => name.endsWith('-churn')))
    rewrite(join(at('slower'), name), slowerCreate)
  cpSync(at('a'), at('broken'), { recursive: true })
  const violation = {
    type: 'violation',
    t: 1,
    actor: 0,
    oracle: 'retained-is-intact',
    message: 'a byte is gone',
  }
  rewrite(at('broken'), (event) =>
    event.type === 'run-end' ? [violation, { ...event, verdict: 'fail' }] : [event],
  )
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true }))

it('of a run with itself finds nothing', async () => {
  const { exitCode, stdout } = await gemrig(['compare', at('a'), at('a')])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('No case changed.')
  expect(stdout).toContain('No measure differs.')
})

it('finds a promise that is broken in one of two runs, and ends with 1', async () => {
  const { exitCode, stdout } = await gemrig(['compare', at('a'), at('broken'), '--json'])
  expect(exitCode).toBe(1)
  expect((JSON.parse(stdout) as Comparison).transitions).toEqual([
    { name: 'churn: verdict', a: { pass: 1 }, b: { fail: 1 }, direction: 'worse' },
    { name: 'churn: promises/retained-is-intact', a: { pass: 1 }, b: { fail: 1 }, direction: 'worse' },
  ])
  const back = await gemrig(['compare', at('broken'), at('a')])
  expect([back.exitCode, back.stdout]).toEqual([0, expect.stringContaining('better')])
})

it('compares series, with a test for chance', async () => {
  const same = await gemrig(['compare', at('series'), at('series'), '--json'])
  expect(JSON.parse(same.stdout)).toMatchObject({ runs: { a: 6, b: 6 }, transitions: [], distributions: [] })
  const { stdout } = await gemrig(['compare', at('series'), at('slower'), '--json'])
  const { distributions } = JSON.parse(stdout) as Comparison
  expect(distributions.map(({ name }) => name)).toContain('churn: create, median us')
  for (const { name, discoveryRate, medianA, medianB } of distributions) {
    expect(name).toMatch(/^churn: create, /)
    expect(discoveryRate).toBeLessThanOrEqual(0.05)
    expect(medianB).toBeGreaterThan(2 * medianA)
  }
})

it('compares saved runs of the conformance suite', async () => {
  const saved = (release: string) => at(`conform-${release}.json`)
  for (const release of ['6.12', '7.2'])
    await gemrig(['conform', '--backend', `fake:${release}`, '--row', 'panfrost', '--save', saved(release)])
  const { stdout } = await gemrig(['compare', saved('6.12'), saved('7.2')])
  expect(stdout).toMatch(/driver .*panfrost 1\.[0-9]/)
  expect(stdout).toMatch(/conform: panfrost.* skip .* pass/)
})

it('tells in what the plans differ, but for the seed', async () => {
  await stress('longer', '--buffers', '16', '--seed', '9')
  const { conditions } = JSON.parse(
    (await gemrig(['compare', at('a'), at('longer'), '--json'])).stdout,
  ) as Comparison
  expect(conditions).toEqual([{ name: 'buffers', a: '64', b: '16' }])
})

it('leaves out a run of a series that has no journal to speak of, and says so', async () => {
  cpSync(at('series'), at('torn'), { recursive: true })
  writeFileSync(join(at('torn'), '0002-churn', 'events.jsonl'), '')
  const torn = await gemrig(['compare', at('series'), at('torn'), '--json'])
  expect(JSON.parse(torn.stdout)).toMatchObject({ runs: { a: 6, b: 5 } })
  expect(torn.stderr).toMatch(/^left out: .*0002-churn holds a journal in which no run begins$/m)
  writeFileSync(at('torn-flakes.txt'), '')
  const expected = await gemrig(['expect', at('torn'), at('torn')])
  expect([expected.exitCode, expected.stderr]).toEqual([0, expect.stringContaining('left out: ')])
})

it('refuses what holds no run', async () => {
  const nowhere = await gemrig(['compare', at('a'), at('nowhere')])
  expect([nowhere.exitCode, nowhere.stderr]).toEqual([2, expect.stringContaining('does not exist')])
  mkdirSync(at('empty'))
  const empty = await gemrig(['compare', at('empty'), at('a')])
  expect([empty.exitCode, empty.stderr]).toEqual([2, expect.stringContaining('holds no run')])
  const file = await gemrig(['compare', join(at('a'), 'result.json'), at('a')])
  expect([file.exitCode, file.stderr]).toEqual([2, expect.stringContaining('no run of gemrig conform')])
})
