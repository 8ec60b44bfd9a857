/** The bridge on the real Panthor of a virtual board: panthor-guest.mjs runs there and tells. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareVm } from '../../dist/vm/prepare.js'
import type { VmOptions } from '../../dist/vm/run-vm.js'
import { MISSING, vm } from './vm-run.js'

const PROGRAM = readFileSync(new URL('panthor-guest.mjs', import.meta.url), 'utf8')
const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`the bridge on rk3588${skipped}`, { timeout: 180_000 }, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-panthor-'))
    for (const kernel of ['7.2', '6.12'])
      await prepareVm({ board: 'rk3588', kernel, onProgress: () => undefined })
  }, 900_000)
  afterAll(() => rmSync(out, { recursive: true }))

  const run = async (options: Partial<VmOptions>, ...words: string[]) => {
    const command = ['node', '--input-type=module', '-e', PROGRAM, ...words]
    const result = await vm(command, out, { board: 'rk3588', bootTimeoutMs: 120_000, ...options })
    expect(result.error).toBeUndefined()
    return JSON.parse(result.stdout) as unknown
  }
  const saying = (text: string) => expect.stringContaining(text) as string

  it('does on Linux 7.2 what it promises, and what is evicted comes back whole', async () => {
    expect(await run({ swapMiB: 512 })).toEqual({
      version: '1.8',
      gpu: 'a8670000 50005 ff',
      csif: '8 8 96 8',
      timestamp: 'bigint',
      priorities: 0b1111,
      vm: '1 true true',
      'vm of a size': '800000000000',
      'vm unknown': saying('VM_DESTROY: EINVAL'),
      bind: 'ok',
      'bind refused': saying('VM_BIND of operation 1: EINVAL'),
      'bind sparse': 'ok',
      'bind sparse executable': saying('VM_BIND of operation 0: EINVAL'),
      'bind later': true,
      label: 'ok',
      'label in debugfs': true,
      'label too long': saying('BO_SET_LABEL: E2BIG'),
      info: '0 0',
      cached: 2,
      madvise: saying('NotSupportedError'),
      group: '1 0 0',
      'group with too many cores': saying('GROUP_CREATE: EINVAL'),
      'submit of nothing': 'true 1',
      'submit to no queue': saying('GROUP_SUBMIT: EINVAL'),
      'tiler heap': 'true true',
      'tiler heap of one byte': saying('TILER_HEAP_CREATE: EINVAL'),
      end: 'ok',
      // 16 buffers, and the first one, which is mapped for the GPU and as large as four.
      eviction: { before: 20, after: 0, whole: 16, again: 16 },
    })
  })

  it('has nothing evicted without swap', async () => {
    const { eviction } = (await run({}, 'eviction')) as { eviction: unknown }
    expect(eviction).toEqual({ before: 16, after: 16, whole: 16, again: 16 })
  })

  it('says on Linux 6.12 which version has what is asked for', async () => {
    expect(await run({ kernel: '6.12' }, 'label')).toEqual({
      version: '1.0',
      label: saying('panthor 1.4 has it'),
    })
  })
})
