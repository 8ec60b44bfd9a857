/** `gemrig expect` with a saved run of the conformance suite, and `gemrig conform --skips`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ConformRun } from '../../dist/conform/conform-run.js'
import { gemrig } from './command.js'

let folder = ''
const at = (name: string) => join(folder, name)
const ROWS = ['--row', 'panfrost.madvise']
let failing = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-expect-'))
  expect((await gemrig(['conform', ...ROWS, '--save', at('good.json')])).exitCode).toBe(0)
  const run = JSON.parse(readFileSync(at('good.json'), 'utf8')) as ConformRun
  const [first, ...rest] = run.rows
  failing = first?.id ?? ''
  const rows = [{ ...first, outcome: 'fail', actual: 'something else' }, ...rest]
  writeFileSync(at('bad.json'), JSON.stringify({ ...run, rows }))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('tells a new failure from one that is known, and writes it down when asked', async () => {
  const prefix = at('panfrost-fake')
  const missing = await gemrig(['expect', prefix, at('good.json')])
  expect(missing.exitCode).toBe(2)
  for (const kind of ['fails', 'flakes', 'skips']) expect(missing.stderr).toContain(`${prefix}-${kind}.txt`)
  writeFileSync(`${prefix}-flakes.txt`, '')
  const good = await gemrig(['expect', prefix, at('good.json')])
  expect([good.exitCode, good.stdout]).toEqual([0, ''])
  const bad = await gemrig(['expect', prefix, at('bad.json')])
  expect([bad.exitCode, bad.stdout]).toEqual([1, `unexpected-fail: conform@${failing} (failed in 1 of 1)\n`])
  expect((await gemrig(['expect', prefix, at('bad.json'), '--update'])).exitCode).toBe(0)
  expect(readFileSync(`${prefix}-fails.txt`, 'utf8')).toBe(`conform@${failing},Fail\n`)
  expect((await gemrig(['expect', prefix, at('bad.json')])).exitCode).toBe(0)
  const mended = await gemrig(['expect', prefix, at('good.json')])
  expect([mended.exitCode, mended.stdout]).toEqual([1, expect.stringContaining('unexpected-pass')])
})

it('is inconclusive when all was skipped, and conform runs no row that is', async () => {
  writeFileSync(at('all-skips.txt'), 'conform@\n')
  expect((await gemrig(['expect', at('all'), at('bad.json')])).exitCode).toBe(125)
  writeFileSync(at('one-skips.txt'), `^conform@${failing}$\n`)
  const { stdout } = await gemrig(['conform', ...ROWS, '--skips', at('one-skips.txt'), '--json'])
  const ids = (JSON.parse(stdout) as ConformRun).rows.map(({ id }) => id)
  expect(ids.length).toBeGreaterThan(0)
  expect(ids).not.toContain(failing)
})

it('writes nothing down of a run that was cut off, and judges it all the same', async () => {
  const run = at('run')
  const args = ['stress', 'churn', '--duration', '1s', '--actors', '1', '--pressure', 'root-reclaim']
  expect((await gemrig([...args, '--out', run])).exitCode).toBe(0)
  const journal = readFileSync(join(run, 'events.jsonl'), 'utf8').split('\n')
  const cut = journal.slice(
    0,
    journal.findIndex((line) => line.includes('"type":"phase-end"')),
  )
  writeFileSync(join(run, 'events.jsonl'), cut.join('\n'))
  const known = 'churn@promises/memory-comes-back,Fail\n'
  writeFileSync(at('cut-fails.txt'), known)
  const judged = await gemrig(['expect', at('cut'), run])
  expect([judged.exitCode, judged.stdout]).toEqual([
    1,
    'unexpected-fail: churn@run/run-is-complete (failed in 1 of 1)\n',
  ])
  const updated = await gemrig(['expect', at('cut'), run, '--update'])
  expect(updated).toMatchObject({ exitCode: 125, stdout: '' })
  expect(updated.stderr).toContain('1 run(s) left out, as they ended early')
  expect(readFileSync(at('cut-fails.txt'), 'utf8')).toBe(known)
})
