/**
 * The 64-bit boards boot their kernels, have the real driver, answer as the rows say and keep their promises in a stress
 * run: `gemrig vm matrix`, two guests at a time. contract.test.ts runs all rows, and on rk3288 the stress run as well.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConformRun } from '../../dist/conform/conform-run.js'
import type { ResultJson } from '../../dist/report/result-json.js'
import type { RowDifference } from '../../dist/vm/matrix/compare-rows.js'
import type { MatrixCell } from '../../dist/vm/matrix/run-matrix.js'
import { MISSING } from './vm-run.js'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
/** Runs in each guest, whose working folder is on the host. What it prints is what the matrix compares. */
const SCRIPT = `cat /sys/bus/platform/devices/*.gpu/uevent >gpu
scenario=churn
if grep -q '^DRIVER=panthor' gpu; then scenario=evict-refault; fi
gemrig stress $scenario --seed 1 --duration 4s --pressure root-reclaim --json >stress.json 2>stress.txt
echo $? >stress-code
gemrig conform --row panfrost. --row panfrost-new --row panthor --row purge. --row dma-heap --json`

interface MatrixJson {
  readonly differences: readonly RowDifference[]
  readonly runs: readonly (MatrixCell & { readonly verdict: string })[]
}

const MATRICES = [
  { boards: ['rk3399'], kernels: ['6.12', '7.2'], options: [] },
  { boards: ['rk3588'], kernels: ['6.1'], options: [] },
  { boards: ['rk3568'], kernels: ['6.12'], options: [] },
  { boards: ['rk3588'], kernels: ['7.2'], options: ['--swap', '512M'] },
]
const CELLS = [
  { matrix: 0, board: 'rk3399', kernel: '6.12', arch: 'arm64', gpu: ['panfrost', 'arm,mali-t860'] },
  { matrix: 0, board: 'rk3399', kernel: '7.2', arch: 'arm64', gpu: ['panfrost', 'arm,mali-t860'] },
  { matrix: 2, board: 'rk3568', kernel: '6.12', arch: 'arm64', gpu: ['panfrost', 'arm,mali-bifrost'] },
  { matrix: 3, board: 'rk3588', kernel: '7.2', arch: 'arm64', gpu: ['panthor', 'arm,mali-valhall-csf'] },
]

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`gemrig vm matrix${skipped}`, () => {
  let out = ''
  const said: { text: string; exitCode: number | null; json: MatrixJson; junit: string }[] = []

  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-matrix-'))
    for (const [index, { boards, kernels, options }] of MATRICES.entries()) {
      const junit = join(out, `${index}.xml`)
      const what = ['--boards', boards.join(), '--kernels', kernels.join(), '--jobs', '2', ...options]
      const limits = ['--boot-timeout', '3m', '--timeout', '5m']
      const where = ['--out', join(out, String(index)), '--junit', junit, '--json']
      const command = ['vm', 'matrix', ...what, ...limits, ...where, '--', 'sh', '-c', SCRIPT]
      const ran = spawnSync(process.execPath, [MAIN, ...command], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        maxBuffer: 2 ** 28,
      })
      const json = JSON.parse(ran.stdout) as MatrixJson
      said.push({ text: ran.stdout, exitCode: ran.status, json, junit: readFileSync(junit, 'utf8') })
    }
  }, 1_500_000)
  afterAll(() => rmSync(out, { recursive: true }))

  const matrix = (index: number) => {
    const found = said[index]
    if (found === undefined) throw new Error(`matrix ${index} did not run`)
    return found
  }
  const rowsIn = (stdout: string) => (stdout === '' ? 0 : (JSON.parse(stdout) as ConformRun).rows.length)

  describe.each(CELLS)('$board with Linux $kernel', ({ matrix: index, board, kernel, arch, gpu }) => {
    const cell = () => {
      const found = matrix(index).json.runs.find((run) => run.board === board && run.kernel === kernel)
      if (found?.directory === undefined) throw new Error(`${board} ${kernel} did not run`)
      return found
    }
    const read = (name: string) => readFileSync(join(cell().directory ?? '', name), 'utf8')

    it('has the processor, the kernel and the driver that it is to have', () => {
      const conform = JSON.parse(cell().stdout) as ConformRun
      expect(conform.title).toBe(`${board}, ${kernel}`)
      expect(conform.board).toContain(`Linux ${kernel}.`)
      expect(conform.board).toMatch(new RegExp(`, ${arch}\\)$`))
      const lines = read('gpu').split('\n')
      expect(lines).toContain(`DRIVER=${gpu[0]}`)
      expect(lines.map((line) => line.replace(/^OF_COMPATIBLE_\d+=/, ''))).toContain(gpu[1])
    })

    it('answers as the rows say', () => {
      const conform = JSON.parse(cell().stdout) as ConformRun
      expect(conform.rows.filter(({ outcome }) => outcome === 'fail')).toEqual([])
      expect(conform.passed).toBeGreaterThan(30)
      // Debian's kernels lack the heaps, and gemrig builds them for this one.
      const heaps = conform.rows.filter(({ id, outcome }) => id.startsWith('dma-heap') && outcome === 'pass')
      expect(heaps.length > 0).toBe(kernel === '6.12')
      expect(cell().verdict).toBe('pass')
    })

    it('keeps its promises in a stress run', () => {
      const { verdict, violations, phases } = JSON.parse(read('stress.json')) as ResultJson
      expect({ code: read('stress-code'), verdict, violations }).toEqual({
        code: '0\n',
        verdict: 'pass',
        violations: [],
      })
      expect(phases).toEqual([expect.objectContaining({ pressure: 'root-reclaim' })])
    })
  })

  it('puts what differs between two kernels on top', () => {
    const { text, json, exitCode } = matrix(0)
    expect(text.indexOf('"differences"')).toBeLessThan(text.indexOf('"runs"'))
    expect(json.differences.length).toBeGreaterThan(0)
    for (const { outcomes } of json.differences) {
      expect(Object.keys(outcomes)).toEqual(['rk3399 6.12', 'rk3399 7.2'])
      expect(new Set(Object.values(outcomes)).size).toBe(2)
    }
    expect(exitCode).toBe(0)
  })

  it('says of a combination that it cannot be, and that nothing was proved', () => {
    const { json, exitCode } = matrix(1)
    const found = json.runs.find(({ board }) => board === 'rk3588')
    expect(found?.verdict).toContain('cannot be: ')
    expect(found?.verdict).toContain('6.1')
    expect(found?.exitCode).toBeUndefined()
    expect(exitCode).toBe(125)
  })

  it.each(MATRICES.map((_, index) => index))(
    'tells each board and kernel as a suite of JUnit, and each row as a case: matrix %i',
    (index) => {
      const { junit, json } = matrix(index)
      expect(junit.match(/<testsuite /g)).toHaveLength(json.runs.length)
      // One more for the command itself.
      const cases = json.runs.reduce((sum, { stdout }) => sum + rowsIn(stdout) + 1, 0)
      expect(junit.match(/<testcase /g)).toHaveLength(cases)
      expect(junit).not.toContain('<failure')
    },
  )
})
