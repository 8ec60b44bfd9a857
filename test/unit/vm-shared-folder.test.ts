/** `--share`: what it takes, what it refuses, and that QEMU is told to let nobody write there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MOST_SHARES } from '../../src/vm/machine/virtio-devices.js'
import { runVm } from '../../src/vm/run-vm.js'
import { checkShares, parseShare } from '../../src/vm/shared-folder.js'
import type { VmError } from '../../src/vm/vm-error.js'

let directory = ''
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gemrig-share-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const wrongUse = (message: string): VmError =>
  expect.objectContaining({
    kind: 'wrong-use',
    exitCode: 2,
    message: expect.stringContaining(message) as string,
  }) as VmError

describe('a folder to share', () => {
  it.each([
    ['/some/where', '/some/where', 'where'],
    ['/some/where/', '/some/where', 'where'],
    ['/some/where:data', '/some/where', 'data'],
    ['/some/wh ere:data_2.x-y', '/some/wh ere', 'data_2.x-y'],
    ['/so:me/where', '/so:me/where', 'where'],
    ['/some/wh:ere:data', '/some/wh:ere', 'data'],
  ])('%s is %s by the name of %s', (given, hostFolder, name) =>
    expect(parseShare(given)).toEqual({ hostFolder, name }),
  )

  it.each(['/a:', '/a:..', '/a:-x', '/a:two words', "/a:it's", '/a:$x', '/with space', '/'])(
    '%s has no name for the guest',
    (given) => expect(() => parseShare(given)).toThrow(wrongUse("cannot be a folder's name")),
  )
})

describe('folders to share', () => {
  it('are there, can be read, and have names of their own', () => {
    for (const folder of ['a', 'a/a']) mkdirSync(join(directory, folder))
    writeFileSync(join(directory, 'file'), '')
    const share = (path: string) => parseShare(join(directory, path))
    expect(() => checkShares([share('a'), share('a/a:b')])).not.toThrow()
    expect(() => checkShares([share('a'), share('a/a')])).toThrow(wrongUse('would both be /share/a'))
    expect(() => checkShares([share('nowhere')])).toThrow(wrongUse('cannot share'))
    expect(() => checkShares([share('file')])).toThrow(wrongUse('it is no folder'))
    const many = Array.from({ length: MOST_SHARES + 1 }, (_, index) => share(`a:a${index}`))
    expect(() => checkShares(many.slice(1))).not.toThrow()
    expect(() => checkShares(many)).toThrow(wrongUse(`room for ${MOST_SHARES}`))
  })

  it("are on QEMU's command line, read-only, each in a slot of its own", async () => {
    mkdirSync(join(directory, 'a,b'))
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const printed = text(stdout)
    await runVm({
      board: 'rk3399',
      command: ['gemrig', 'devices'],
      outDirectory: directory,
      dryRun: true,
      shares: [parseShare(`${directory}:x`), parseShare(join(directory, 'a,b:y'))],
      cacheDirectory: join(directory, 'cache'),
      accelerator: 'tcg',
      stdout,
      stderr,
    })
    stdout.end()
    const command = await printed
    const export9p = 'security_model=none,multidevs=remap,readonly=on'
    expect(command).toContain(`-fsdev local,id=share0,${export9p},path=${directory} `)
    expect(command).toContain(`-fsdev local,id=share1,${export9p},path=${directory}/a,,b `)
    expect(command).toContain('mount_tag=share0,bus=virtio-mmio-bus.3')
    expect(command).toContain('mount_tag=share1,bus=virtio-mmio-bus.4')
  })
})
