import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RK3399 } from '../../src/vm/boards/rk3399.js'
import { chooseAccelerator } from '../../src/vm/machine/accelerator.js'

let directory = ''
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gemrig-kvm-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const size = { memoryMiB: 1024, cpus: 2 }

/** A board whose QEMU is a script, on an arm64 machine that has a /dev/kvm which may be opened. */
function machine(script: string) {
  const [qemu, device] = [join(directory, 'qemu'), join(directory, 'kvm')]
  writeFileSync(qemu, `#!/bin/sh\n${script}\n`)
  chmodSync(qemu, 0o755)
  writeFileSync(device, '')
  const board = { ...RK3399, architecture: { ...RK3399.architecture, qemuProgram: qemu } }
  return { board, host: { arch: 'arm64', device } }
}

describe('KVM', () => {
  it('that is asked for on another architecture is refused, and with auto is not there', async () => {
    const host = { arch: 'x64', device: '/dev/kvm' }
    await expect(chooseAccelerator('kvm', RK3399, size, host)).rejects.toMatchObject({ kind: 'wrong-use' })
    expect(await chooseAccelerator('auto', RK3399, size, host)).toBe('tcg')
  })

  it('that this machine does not have is named', async () => {
    const host = { arch: 'arm64', device: join(directory, 'none') }
    await expect(chooseAccelerator('kvm', RK3399, size, host)).rejects.toMatchObject({
      kind: 'missing-host-part',
      message: expect.stringContaining(`KVM does not work here: ENOENT`) as string,
      advice: expect.stringContaining('--accel tcg') as string,
    })
    expect(await chooseAccelerator('auto', RK3399, size, host)).toBe('tcg')
  })

  it('that hangs is given up at a deadline, and its QEMU is ended', async () => {
    const { board, host } = machine(`echo $$ >${join(directory, 'pid')}; exec sleep 60`)
    const wish = chooseAccelerator('kvm', board, size, { ...host, probeMs: 1000 })
    await expect(wish).rejects.toThrow('KVM does not work here: QEMU did not start within 1 s')
    const pid = readFileSync(join(directory, 'pid'), 'utf8').trim()
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false)
    expect(await chooseAccelerator('auto', board, size, { ...host, probeMs: 100 })).toBe('tcg')
  })

  it('that QEMU refuses is refused in its words', async () => {
    const { board, host } = machine('echo "failed to initialize kvm: No such device" >&2; exit 1')
    await expect(chooseAccelerator('kvm', board, size, host)).rejects.toThrow('failed to initialize kvm')
  })

  it('that works is taken', async () => {
    const { board, host } = machine('read capabilities; read quit; exit 0')
    expect(await chooseAccelerator('auto', board, size, host)).toBe('kvm')
  })
})
