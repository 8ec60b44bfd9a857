/** The bridge on the real Panfrost, vgem and udmabuf of a virtual board: bridge-guest.mjs runs there and tells. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareVm } from '../../dist/vm/prepare.js'
import { MISSING, vm } from './vm-run.js'

const PROGRAM = readFileSync(new URL('bridge-guest.mjs', import.meta.url), 'utf8')
const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

/** 32 and 64 bits. The 32-bit board's kernel is 6.1: Debian's has no udmabuf then, and Panfrost no fdinfo. */
const BOARDS = [
  { board: 'rk3399', arch: 'arm64', usage: 'panfrost true', udmabuf: 65536 },
  {
    board: 'rk3288',
    arch: 'arm',
    usage: 'none',
    udmabuf: expect.stringContaining('NoDeviceError') as string,
  },
]

describe.skipIf(MISSING.length > 0)(`the bridge${skipped}`, { timeout: 300_000 }, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-bridge-'))
    for (const { board } of BOARDS) await prepareVm({ board, onProgress: () => undefined })
  }, 600_000)
  afterAll(() => rmSync(out, { recursive: true }))

  it.each(BOARDS)(
    'does on the real drivers of $board what it promises',
    async ({ board, arch, usage, udmabuf }) => {
      const result = await vm(['node', '--input-type=module', '-e', PROGRAM], out, { board })
      expect(result.error).toBeUndefined()
      expect(JSON.parse(result.stdout)).toEqual({
        arch,
        version: '1.2',
        caps: '3 1',
        'dumb cap': expect.stringContaining('NotSupportedError') as string,
        'prime to the same device': true,
        label: expect.stringContaining('panfrost 1.4 has it') as string,
        'wait idle': true,
        'submit nothing': expect.stringContaining('EINVAL') as string,
        syncobj: 'false true 1 true enough',
        usage,
        batch: true,
        program: '400 800 0 0',
        'large allocation': true,
        bytes: '9 0',
        vgem: 'true true false 0 true NotSupportedError',
        udmabuf,
        'offsets above 4 GiB': '1099511640064 true true',
        // Panfrost has no DRIVER_SYNCOBJ_TIMELINE.
        timeline: expect.stringMatching(/NotSupportedError.*SYNCOBJ_TIMELINE_SIGNAL.*EOPNOTSUPP/) as string,
        'addresses of 64 bits': true,
        'seed of 64 bits': true,
      })
    },
  )
})
