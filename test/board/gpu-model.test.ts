/** Jobs on the real Panfrost of a virtual board whose GPU is a model: gpu-model-guest.mjs runs there and tells. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResultJson } from '../../dist/report/result-json.js'
import { prepareVm } from '../../dist/vm/prepare.js'
import { MISSING, vm } from './vm-run.js'

const PROGRAM = readFileSync(new URL('gpu-model-guest.mjs', import.meta.url), 'utf8')
const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`jobs on the GPU model of rk3399${skipped}`, { timeout: 300_000 }, () => {
  let out = ''
  let found: Record<string, unknown> = {}
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-gpu-model-'))
    await prepareVm({ board: 'rk3399', gpu: 'model', onProgress: () => undefined })
    const result = await vm(['node', '--input-type=module', '-e', PROGRAM], out, { gpu: 'model' })
    if (result.error !== undefined) throw result.error
    found = JSON.parse(result.stdout) as Record<string, unknown>
  }, 600_000)
  afterAll(() => rmSync(out, { recursive: true }))
  const log = () => readFileSync(join(out, 'console.log'), 'utf8')

  it.each([
    ['a job completes, and what it wrote is in the buffer', 'value', '1 true 1122334455667788 abcd'],
    ['so do fifty one after the other', 'many', 50],
    ['a job that touches what is not mapped fails', 'fault', -22],
    ['a job that would run a shader is refused', 'shader', -22],
    [
      'buffers of a job in flight are not purged, idle ones are; both are once it is done',
      'in flight',
      'kept 8 0, status 1, written 8, kept later 0',
    ],
    ['a heap grows by faults and is not purged', 'heap', 'status 1, grown by 4 MiB, retained true'],
    ['a job on a purged buffer fails', 'purged', 'retained false, status -22'],
  ])('%s', (_title, name, expected) => {
    expect(found[name]).toBe(expected)
  })

  it('the driver does not hear of a fault after one that killed a job: docs/findings/mmu-int-mask.md', async () => {
    const program = readFileSync(new URL('../../docs/findings/mmu-int-mask.mjs', import.meta.url), 'utf8')
    const folder = join(out, 'mask')
    const { stdout } = await vm(['node', '--input-type=module', '-e', program], folder, { gpu: 'model' })
    expect(Object.values(JSON.parse(stdout) as Record<string, number>)).toEqual([1, -22, -125])
  })

  it('the stress scenario of jobs in flight passes, and its jobs complete', async () => {
    const folder = join(out, 'submit')
    const command = [
      'gemrig',
      'stress',
      'submit',
      '--seed',
      '1',
      '--duration',
      '10s',
      '--json',
      '--pressure',
      'drop-caches',
    ]
    const { exitCode, stdout, stderr } = await vm(command, folder, { gpu: 'model' })
    expect(exitCode, stderr).toBe(0)
    const { verdict, reason, total } = JSON.parse(stdout) as ResultJson
    expect(verdict).toBe('pass')
    expect(reason).toMatch(/, [1-9]\d* GPU jobs completed/)
    expect(total.purged).toBeGreaterThan(0)
  })

  it('the driver tells of each fault, and of nothing worse', () => {
    expect(log().match(/Unhandled Page fault in AS\d/g)).toHaveLength(2)
    expect(log()).toContain('status=JOB_CONFIG_FAULT')
    expect(log()).not.toMatch(/WARNING:|BUG:|Oops|Soft-stop failed|AS_ACTIVE bit stuck/)
  })
})
