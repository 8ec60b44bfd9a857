/** The real drivers answer as the rows say: `gemrig conform` on virtual boards, unchanged. One boot each. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConformRun } from '../../src/conform/conform-run.js'
import { ROWS } from '../../src/conform/rows/index.js'
import type { ResultJson } from '../../src/report/result-json.js'
import { rowTests } from '../contract/row-tests.js'
import { MISSING, vm } from './vm-run.js'

const LACKS = ['panthor', 'i915', 'shrinker of its own', 'shrinker in debugfs', 'node0/reclaim']
const BOARDS = [
  { board: 'rk3399', kernel: '6.12', stress: '', skips: '', lacks: LACKS },
  {
    board: 'rk3288',
    kernel: '6.1',
    // matrix.test.ts has those of the other boards.
    stress:
      'gemrig stress churn --actors 1 --buffers 16 --duration 4s --pressure drop-caches --json >stress.json 2>stress.txt',
    // They take minutes on the slowest board, and its shrinkers are those of the other one.
    skips: 'conform@pressure\\.',
    lacks: [...LACKS, 'udmabuf'],
  },
]

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0).each(BOARDS)(
  `virtual board $board with Linux $kernel${skipped}`,
  ({ board, kernel, stress, skips, lacks }) => {
    const rows = ROWS.filter(({ id }) => skips === '' || !new RegExp(skips).test(`conform@${id}`))
    let out = ''
    let run: ConformRun | undefined
    beforeAll(async () => {
      out = mkdtempSync(join(tmpdir(), 'gemrig-conform-'))
      const options = { board, kernel, bootTimeoutMs: 120_000 }
      writeFileSync(join(out, 'skips.txt'), `${skips}\n`)
      const script = `gemrig conform --skips skips.txt --json; code=$?\n${stress}\nexit $code`
      const result = await vm(['sh', '-c', script], out, options)
      if (result.error !== undefined) throw result.error
      run = JSON.parse(result.stdout) as ConformRun
      expect(result.exitCode).toBe(run.failed === 0 ? 0 : 1)
    }, 900_000)
    afterAll(() => rmSync(out, { recursive: true }))

    rowTests(() => {
      if (run === undefined) throw new Error('there was no run')
      return run
    }, rows)

    if (stress !== '')
      it('keeps its promises in a stress run', () => {
        const result = JSON.parse(readFileSync(join(out, 'stress.json'), 'utf8')) as ResultJson
        const phases = [expect.objectContaining({ pressure: 'drop-caches' })]
        expect(result).toMatchObject({ verdict: 'pass', violations: [], phases })
      })

    it('is the board that was asked for, and skips rows for what it lacks alone', () => {
      expect(run?.title).toBe(`${board}, ${kernel}`)
      const whys = new Set(run?.rows.flatMap((row) => (row.outcome === 'skip' ? [row.why] : [])))
      const expected = /^(holds |only when asked for: )/
      const others = [...whys].filter((why) => !expected.test(why))
      expect(others.filter((why) => !lacks.some((lack) => why.includes(lack)))).toEqual([])
    })
  },
)
