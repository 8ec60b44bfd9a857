/** The bridge on the real Panfrost, vgem and udmabuf of a virtual board: bridge-guest.mjs runs there and tells. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareVm } from '../../dist/vm/prepare.js'
import { MISSING, vm } from './vm-run.js'

const PROGRAM = readFileSync(new URL('bridge-guest.mjs', import.meta.url), 'utf8')
const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`the bridge on rk3399${skipped}`, { timeout: 120_000 }, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-bridge-'))
    await prepareVm({ board: 'rk3399', onProgress: () => undefined })
  }, 600_000)
  afterAll(() => rmSync(out, { recursive: true }))

  it('does on the real drivers what it promises', async () => {
    const result = await vm(['node', '--input-type=module', '-e', PROGRAM], out)
    expect(result.error).toBeUndefined()
    expect(JSON.parse(result.stdout)).toEqual({
      version: '1.2',
      caps: '3 1',
      'dumb cap': expect.stringContaining('NotSupportedError') as string,
      'prime to the same device': true,
      label: expect.stringContaining('panfrost 1.4 has it') as string,
      'wait idle': true,
      'submit nothing': expect.stringContaining('EINVAL') as string,
      syncobj: 'false true 1 true enough',
      usage: 'panfrost true',
      batch: true,
      program: '400 800 0 0',
      'large allocation': true,
      bytes: '9 0',
      vgem: 'true true false 0 true NotSupportedError',
      udmabuf: 65536,
    })
  })
})
