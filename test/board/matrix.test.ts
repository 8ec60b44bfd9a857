/** All boards, two kernels: `gemrig vm matrix` with a stress run and the conformance rows. One boot of each. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConformRun } from '../../dist/conform/conform-run.js'
import type { ResultJson } from '../../dist/report/result-json.js'
import { VIRTUAL_BOARDS } from '../../dist/vm/boards/index.js'
import type { RowDifference } from '../../dist/vm/matrix/compare-rows.js'
import type { MatrixCell } from '../../dist/vm/matrix/run-matrix.js'
import { MISSING } from './vm-run.js'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const KERNELS = ['6.12', '7.2']
const CELLS = VIRTUAL_BOARDS.flatMap(({ name, driver }) =>
  KERNELS.map((kernel) => ({ board: name, kernel, driver })),
)
const SCENARIO = 'churn --seed 1 --duration 4s --pressure root-reclaim'
/** What conform prints is what the matrix compares. */
const SCRIPT = `gemrig stress ${SCENARIO} --json >stress.json 2>stress.txt
echo $? >stress-code
gemrig conform --json`

interface MatrixJson {
  readonly differences: readonly RowDifference[]
  readonly runs: readonly (MatrixCell & { readonly verdict: string })[]
}

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`gemrig vm matrix${skipped}`, () => {
  let out = ''
  let text = ''
  let exitCode: number | null = null
  let matrix: MatrixJson
  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-matrix-'))
    const args = ['--boards', 'all', '--kernels', KERNELS.join(), '--out', out, '--jobs', '1']
    const deadlines = ['--boot-timeout', '3m', '--timeout', '10m']
    const junit = ['--junit', join(out, 'matrix.xml'), '--json']
    const command = ['vm', 'matrix', ...args, ...deadlines, ...junit, '--', 'sh', '-c', SCRIPT]
    const ran = spawnSync(process.execPath, [MAIN, ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 2 ** 28,
    })
    text = ran.stdout
    exitCode = ran.status
    matrix = JSON.parse(text) as MatrixJson
  }, 1_500_000)
  afterAll(() => rmSync(out, { recursive: true }))

  describe.each(CELLS)('$board with Linux $kernel', ({ board, kernel, driver }) => {
    const cell = () => {
      const found = matrix.runs.find((run) => run.board === board && run.kernel === kernel)
      if (found?.directory === undefined) throw new Error(`${board} ${kernel} did not run`)
      return { ...found, directory: found.directory }
    }
    const conform = () => JSON.parse(cell().stdout) as ConformRun

    it('answers as the rows say', () => {
      expect(conform().title).toBe(`${board}, ${kernel}`)
      expect(conform().rows.filter(({ outcome }) => outcome === 'fail')).toEqual([])
      expect(conform().passed).toBeGreaterThan(100)
      expect(cell().verdict).toBe('pass')
    })

    it('survives a stress run, or says that it has no workload for the driver', () => {
      const { directory } = cell()
      const code = readFileSync(join(directory, 'stress-code'), 'utf8').trim()
      if (driver !== 'panfrost') {
        expect(code).toBe('3')
        expect(readFileSync(join(directory, 'stress.json'), 'utf8')).toContain('panfrost')
        return
      }
      const result = JSON.parse(readFileSync(join(directory, 'stress.json'), 'utf8')) as ResultJson
      expect({ code, verdict: result.verdict, violations: result.violations }).toEqual({
        code: '0',
        verdict: 'pass',
        violations: [],
      })
      expect(existsSync(join(directory, 'console.log'))).toBe(true)
    })
  })

  it('puts what differs between boards and kernels on top', () => {
    expect(text.indexOf('"differences"')).toBeLessThan(text.indexOf('"runs"'))
    expect(matrix.differences.length).toBeGreaterThan(0)
    for (const { outcomes } of matrix.differences) {
      expect(Object.keys(outcomes)).toEqual(CELLS.map(({ board, kernel }) => `${board} ${kernel}`))
      expect(new Set(Object.values(outcomes)).size).toBeGreaterThan(1)
    }
    expect(exitCode).toBe(0)
  })

  it('tells each board and kernel as a suite of JUnit, and each row as a case', () => {
    const xml = readFileSync(join(out, 'matrix.xml'), 'utf8')
    expect(xml.match(/<testsuite /g)).toHaveLength(CELLS.length)
    const rows = matrix.runs.reduce((sum, run) => sum + (JSON.parse(run.stdout) as ConformRun).rows.length, 0)
    expect(xml.match(/<testcase /g)).toHaveLength(rows)
  })
})
