/** What becomes of a kernel in the cache when Debian's archive goes on: programs in the PATH stand for apt's. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ARM64 } from '../../src/vm/architecture.js'
import { RK3399 } from '../../src/vm/boards/rk3399.js'
import { makePart, partDirectory } from '../../src/vm/cache/part.js'
import { guestKernel } from '../../src/vm/parts/guest-kernel.js'
import { planVm } from '../../src/vm/prepare.js'
import { newerRelease } from '../../src/vm/update-kernel.js'

const CACHED = '6.12.90+deb12-arm64'
let directory = ''
let environment: NodeJS.ProcessEnv = {}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gemrig-update-'))
  environment = { ...process.env }
  process.env['GEMRIG_DEBIAN_URI'] = 'http://mirror.example/debian'
  process.env['PATH'] = `${join(directory, 'bin')}:${process.env['PATH']}`
  mkdirSync(join(directory, 'bin'))
  program('apt-get', 'exit 0')
  program('dpkg', 'echo amd64')
})
afterEach(() => {
  process.env = environment
  rmSync(directory, { recursive: true })
})

function program(name: string, script: string): void {
  writeFileSync(join(directory, 'bin', name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(directory, 'bin', name), 0o755)
}

/** The archive has these packages, and the machine's apt can read it. */
const archive = (...names: string[]) =>
  program('apt-cache', names.map((name) => `echo '${name} - x'`).join('\n') || 'exit 0')

/** A kernel in the cache, of this release. */
function cacheKernel(release: string): void {
  const { modules = '' } = guestKernel(RK3399, directory, '6.12', undefined)
  rmSync(modules, { recursive: true, force: true })
  mkdirSync(join(modules, release), { recursive: true })
  writeFileSync(join(modules, release, 'modules.dep'), '')
}

const plan = () => planVm({ board: 'rk3399', cacheDirectory: directory })
const said: string[] = []
const newer = () => {
  said.length = 0
  const kernel = guestKernel(RK3399, directory, '6.12', undefined)
  return newerRelease(kernel, ARM64, directory, undefined, (text) => said.push(text))
}

describe('a newer build of a kernel', () => {
  it('is the newest one of the archive, if the cache has an older one', async () => {
    archive('linux-image-6.12.90+deb12-arm64', 'linux-image-6.12.101+deb12-arm64')
    expect(await newer()).toBeUndefined() // none is cached: the newest will be fetched anyway
    cacheKernel(CACHED)
    expect(await newer()).toBe('6.12.101+deb12-arm64')
    cacheKernel('6.12.101+deb12-arm64')
    expect(await newer()).toBeUndefined()
    expect(said.at(-1)).toBe("6.12.101+deb12-arm64 is Debian's newest build")
    // The machine's mirror may be behind the one that it came from.
    cacheKernel('6.12.110+deb12-arm64')
    expect(await newer()).toBeUndefined()
  })

  it('does not come when Debian has none of that series any more: the cached one stays', async () => {
    archive()
    cacheKernel(CACHED)
    expect(await newer()).toBeUndefined()
    expect(said.at(-1)).toBe(`Debian has no build any more: ${CACHED} stays`)
  })

  it('cannot be told when the archive cannot be read', async () => {
    archive()
    program('apt-get', 'echo "E: no network" >&2; exit 100')
    cacheKernel(CACHED)
    await expect(newer()).rejects.toMatchObject({ kind: 'prepare' })
  })

  it('takes the place of the old one when it is whole, and not before', async () => {
    const part = (text: string, end: () => void) => ({
      ...{ name: 'k', title: 'a kernel', key: '1', programs: [] },
      make: (folder: string) => {
        writeFileSync(join(folder, 'vmlinuz'), text)
        end()
        return Promise.resolve()
      },
    })
    const kernel = part('old', () => undefined)
    const file = join(partDirectory(directory, kernel), 'vmlinuz')
    const context = { report: () => undefined }
    await makePart(directory, kernel, context)
    const broken = part('new', () => {
      throw new Error('broken off')
    })
    await expect(makePart(directory, broken, context)).rejects.toThrow('broken off')
    expect(readFileSync(file, 'utf8')).toBe('old')
    const whole = part('new', () => expect(readFileSync(file, 'utf8')).toBe('old'))
    await makePart(directory, whole, context)
    expect(readFileSync(file, 'utf8')).toBe('new')
  })

  it('has start-up files of its own, whose modules are of it', async () => {
    const initramfs = async () => (await plan()).prepared.baseInitramfs
    cacheKernel(CACHED)
    const before = await initramfs()
    cacheKernel('6.12.101+deb12-arm64')
    expect(await initramfs()).not.toBe(before)
  })
})

describe('a cached kernel whose headers are gone from the archive', () => {
  it('boots without the dma-buf heaps, and the note says how to have them', async () => {
    cacheKernel(CACHED)
    const before = await plan()
    expect(before.notes).toEqual([])
    archive('linux-headers-6.12.101+deb12-arm64')
    const { heaps } = before
    if (heaps === undefined) throw new Error('there is no such part')
    await makePart(directory, heaps, { report: () => undefined })
    const after = await plan()
    expect(after.notes).toEqual([
      {
        part: 'no dma-buf heaps',
        detail: expect.stringContaining(
          `${CACHED}, for which they would be built; gemrig vm prepare --update`,
        ) as string,
      },
    ])
    expect(after.prepared.baseInitramfs).not.toBe(before.prepared.baseInitramfs)
  })

  it('waits for an archive that cannot be read', async () => {
    cacheKernel(CACHED)
    program('apt-get', 'echo "E: no network" >&2; exit 100')
    const { heaps } = await plan()
    if (heaps === undefined) throw new Error('there is no such part')
    await expect(makePart(directory, heaps, { report: () => undefined })).rejects.toMatchObject({
      kind: 'prepare',
    })
    expect(existsSync(partDirectory(directory, heaps))).toBe(false)
  })
})
