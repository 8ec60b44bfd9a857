/** What is written of conformance runs: KTAP (read back by an independent parser), tables, saved files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Parser } from 'tap-parser'
import { afterAll, describe, expect, it } from 'vitest'
import type { ConformRun, RowResult } from '../../src/conform/conform-run.js'
import { readRun, runText, writeRun } from '../../src/conform/saved-run.js'
import { callTable } from '../../src/report/conform/call-table.js'
import { toKtap } from '../../src/report/conform/ktap.js'
import { conformTable } from '../../src/report/conform/table.js'

const ROWS: readonly RowResult[] = [
  {
    id: 'a.one',
    outcome: 'pass',
    expected: [1, 2],
    calls: { 'drm.open': ['ok'], 'drm.close': ['-EBADF', 'ok'] },
  },
  {
    id: 'a.two',
    outcome: 'fail',
    expected: '-EINVAL',
    actual: 'a # and\na line',
    calls: { 'drm.version': ['-ENOTTY'] },
  },
  { id: 'a.three', outcome: 'skip', expected: 0, why: 'there is no #1 device', calls: {} },
]
const RUN: ConformRun = {
  format: 'gemrig-conform-1',
  title: 'here, 6.12',
  board: 'a board',
  drivers: { panfrost: '1.2' },
  passed: 1,
  failed: 1,
  skipped: 1,
  interrupted: false,
  calls: ['drm.close', 'drm.getCap', 'drm.open', 'drm.version', 'vgem.fenceAttach'],
  rows: ROWS,
}
const OTHER: ConformRun = {
  ...RUN,
  title: 'there, 7.2',
  rows: [{ id: 'a.three', outcome: 'pass', expected: 0, calls: { 'vgem.fenceAttach': ['ok'] } }],
}

describe('KTAP', () => {
  it('has its version and plan first, as the kernel documents it', () => {
    expect(toKtap(RUN).split('\n')).toEqual([
      'KTAP version 1',
      '1..3',
      'ok 1 a.one',
      '# a.two: expected "-EINVAL"',
      '# a.two: actual "a # and\\na line"',
      'not ok 2 a.two',
      'ok 3 a.three # SKIP there is no #1 device',
      '',
    ])
  })

  it('is read by another parser as it was meant', () => {
    const assertions = Parser.parse(toKtap(RUN)).filter(([kind]) => kind === 'assert')
    expect(assertions.map((entry) => entry[1] as unknown)).toMatchObject([
      { ok: true, id: 1, name: 'a.one' },
      { ok: false, id: 2, name: 'a.two' },
      { ok: true, id: 3, name: 'a.three', skip: 'there is no #1 device' },
    ])
  })
})

describe('tables', () => {
  it('show each row on each board', () => {
    const table = conformTable([RUN, OTHER])
    expect(table).toMatch(/here, 6\.12.*there, 7\.2/)
    expect(table).toMatch(/a\.one +│ \[1,2\] +│ ok +│ not run/)
    expect(table).toMatch(/a\.three +│ 0 +│ - there is no #1 device +│ ok/)
  })

  it('say of each call how it ended, or why it was not made', () => {
    expect(
      callTable([RUN, OTHER])
        .split('\n')
        .map((line) => line.split('|').map((cell) => cell.trim())),
    ).toEqual([
      ['', 'call', 'here, 6.12', 'there, 7.2', ''],
      expect.any(Array),
      ['', '`drm.close`', 'ok; EBADF', 'not tested', ''],
      ['', '`drm.getCap`', 'not tested', 'not tested', ''],
      ['', '`drm.open`', 'ok', 'not tested', ''],
      ['', '`drm.version`', 'only ENOTTY', 'not tested', ''],
      ['', '`vgem.fenceAttach`', 'not here: there is no #1 device', 'ok', ''],
      [''],
    ])
  })
})

describe('saved runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gemrig-conform-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('are read back as they were written, a row a line', () => {
    const file = join(folder, 'run.json')
    writeRun(file, RUN)
    expect(readRun(file)).toEqual(RUN)
    expect(runText(RUN).trim().split('\n')).toHaveLength(ROWS.length + 2)
  })

  it('that are something else are refused with the file named', () => {
    const file = join(folder, 'other.json')
    writeFileSync(file, '{"rows":[]}')
    expect(() => readRun(file)).toThrow(/other\.json is no run of gemrig conform/)
    expect(() => readRun(join(folder, 'missing.json'))).toThrow(RangeError)
    expect(() => writeRun(folder, RUN)).toThrow(/cannot be written/)
  })
})
