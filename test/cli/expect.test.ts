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
