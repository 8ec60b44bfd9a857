import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RK3399 } from '../../src/vm/boards/rk3399.js'
import { chooseGpu, parseQemuVersion } from '../../src/vm/gpu-model/choose-gpu.js'
import { gpuArguments } from '../../src/vm/gpu-model/gpu-place.js'
import { deviceTreeSource } from '../../src/vm/machine/device-tree.js'

describe('the place of the GPU', () => {
  it('of the model is outside of RAM, which needs no reservation then', () => {
    const source = deviceTreeSource('', RK3399, 1024, 'model')
    expect(source).toContain('gpu@b000000 {')
    expect(source).toContain('interrupts = <0 0xc0 4 0 0xc1 4 0 0xc2 4>')
    expect(source).not.toContain('reserved-memory')
  })

  it('is told to the plugin, with the file that says which GPU it is', () => {
    expect(gpuArguments(RK3399, 1024, '/r,1', '/m')).toEqual([
      '-plugin',
      'file=/m,base=0xb000000,spi=192,registers=/r,,1',
    ])
  })
})

describe('the choice of the GPU', () => {
  const path = process.env['PATH']
  let directory = ''
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gemrig-gpu-'))))
  afterEach(() => {
    process.env['PATH'] = path
    rmSync(directory, { recursive: true })
  })
  const qemu = (version: string) => {
    const program = join(directory, RK3399.architecture.qemuProgram)
    writeFileSync(program, `#!/bin/sh\necho 'QEMU emulator version ${version} (x)'\n`)
    chmodSync(program, 0o755)
    process.env['PATH'] = `${directory}:${path ?? ''}`
  }

  it('is the model for the QEMU that it was written for', async () => {
    qemu('7.2.22')
    for (const wish of ['model', 'auto'] as const)
      expect(await chooseGpu(wish, RK3399)).toEqual({ kind: 'model', qemuVersion: '7.2.22' })
    expect((await chooseGpu('registers', RK3399)).kind).toBe('registers')
  })

  it.each(['8.2.1', '7.20.1', '17.2.0'])('is not the model in QEMU %s', async (version) => {
    qemu(version)
    expect(await chooseGpu('auto', RK3399)).toMatchObject({
      kind: 'registers',
      note: expect.stringContaining(`is ${version}`) as string,
    })
    await expect(chooseGpu('model', RK3399)).rejects.toThrow(/no GPU model: it works in QEMU 7.2 only/)
  })

  it('is not the model for a GPU of another kind', async () => {
    qemu('7.2.22')
    const other = { ...RK3399, name: 'other', driver: 'panthor' as const }
    expect(await chooseGpu('auto', other)).toMatchObject({ kind: 'registers' })
    await expect(chooseGpu('model', other)).rejects.toThrow(/Panfrost, and other has another/)
  })

  it('reads the version from what QEMU says', () => {
    expect(parseQemuVersion('QEMU emulator version 7.2.22 (Debian 1:7.2)\nCopyright')).toBe('7.2.22')
    expect(parseQemuVersion('something else\n')).toBe('something else')
  })
})
