import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CaseResult, ComparedRun } from '../../src/report/compare/side.js'
import { readExpectations, readSkips, writeLines } from '../../src/report/expectations/files.js'
import { judge } from '../../src/report/expectations/judge.js'
import { updatedLines } from '../../src/report/expectations/update.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-expectations-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const prefix = () => join(folder, 'panfrost-rk3399')
function write(kind: 'fails' | 'flakes' | 'skips', text: string): void {
  writeFileSync(`${prefix()}-${kind}.txt`, text)
}
const run = (cases: Readonly<Record<string, CaseResult>>): ComparedRun => ({
  group: 'churn',
  condition: {},
  cases: new Map(Object.entries(cases)),
  measures: new Map(),
})
const judgements = (...runs: ComparedRun[]) =>
  Object.fromEntries(
    judge(runs, readExpectations(prefix())).map(({ name, judgement }) => [name, judgement] as const),
  )
const HEADER = { board: 'rk3399', bug: 'https://example.org/1', linux: '6.12.95' }

describe('judge', () => {
  test('tells what is known from what is new', () => {
    write('fails', '# a bug\nchurn@known,Fail\nchurn@mended,Fail\n\n')
    write('flakes', 'churn@flaky.*\n')
    write('skips', '^churn@left-\n')
    expect(
      judgements(
        run({
          fine: 'pass',
          known: 'fail',
          mended: 'pass',
          new: 'fail',
          'flaky one': 'fail',
          'left out': 'fail',
          idle: 'skip',
        }),
      ),
    ).toEqual({
      'churn@fine': 'pass',
      'churn@known': 'known-fail',
      'churn@mended': 'unexpected-pass',
      'churn@new': 'unexpected-fail',
      'churn@flaky-one': 'known-flake',
      'churn@left-out': 'skipped',
      'churn@idle': 'not-run',
    })
  })

  test('calls a case a flake that fails in some of the runs', () => {
    const runs = [run({ a: 'pass', b: 'fail' }), run({ a: 'fail', b: 'fail' }), run({ a: 'pass', b: 'skip' })]
    expect(judgements(...runs)).toEqual({ 'churn@a': 'unexpected-flake', 'churn@b': 'unexpected-fail' })
  })
})

describe('update', () => {
  test('adds new fails and flakes, takes passes away, and keeps comments and what did not run', () => {
    write('fails', '# a bug\nchurn@mended,Fail\nchurn@idle,Fail\n')
    const runs = [
      run({ mended: 'pass', idle: 'skip', new: 'fail', 'often.': 'fail' }),
      run({ mended: 'pass', idle: 'skip', new: 'fail', 'often.': 'pass' }),
    ]
    const expectations = readExpectations(prefix())
    const { fails, flakes } = updatedLines(expectations, judge(runs, expectations), HEADER)
    expect(fails).toEqual(['# a bug', 'churn@idle,Fail', 'churn@new,Fail'])
    expect(flakes).toEqual([
      '# Board Name: rk3399',
      '# Bug Report: https://example.org/1',
      '# Failure Rate: 50',
      '# Linux Version: 6.12.95',
      'churn@often\\.',
      '',
    ])
    writeLines(expectations.files.fails, fails ?? [])
    writeLines(expectations.files.flakes, flakes ?? [])
    expect(readFileSync(`${prefix()}-fails.txt`, 'utf8')).toBe('# a bug\nchurn@idle,Fail\nchurn@new,Fail\n')
    expect(judgements(...runs)).toEqual({
      'churn@mended': 'pass',
      'churn@idle': 'not-run',
      'churn@new': 'known-fail',
      'churn@often.': 'known-flake',
    })
    expect(updatedLines(readExpectations(prefix()), judge(runs, readExpectations(prefix())), HEADER)).toEqual(
      {},
    )
  })
})

describe('files', () => {
  test('of the kernel tree note tests that no longer fail: they are read, kept, and known for nothing', () => {
    write(
      'fails',
      'churn@old,UnexpectedImprovement(Skip)\nchurn@mended,UnexpectedImprovement(Pass)\nchurn@x,Crash\n',
    )
    const runs = [run({ old: 'fail', mended: 'pass', x: 'fail' })]
    expect(judgements(...runs)).toEqual({
      'churn@old': 'unexpected-fail',
      'churn@mended': 'pass',
      'churn@x': 'known-fail',
    })
    const expectations = readExpectations(prefix())
    expect(updatedLines(expectations, judge(runs, expectations), HEADER).fails).toEqual([
      'churn@old,UnexpectedImprovement(Skip)',
      'churn@mended,UnexpectedImprovement(Pass)',
      'churn@x,Crash',
      'churn@old,Fail',
    ])
  })

  test('that are wrong are refused with file and line', () => {
    write('fails', '# one\nchurn@x Fail\n')
    expect(() => readExpectations(prefix())).toThrow(`${prefix()}-fails.txt:2`)
    write('fails', '')
    write('skips', 'churn@(\n')
    expect(() => readExpectations(prefix())).toThrow(`${prefix()}-skips.txt:1`)
    expect(() => readSkips(join(folder, 'none.txt'))).toThrow('does not exist')
  })
})
