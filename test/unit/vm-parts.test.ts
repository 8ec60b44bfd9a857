import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ARM } from '../../src/vm/architecture.js'
import { checkCache, defaultCacheDirectory } from '../../src/vm/cache/cache-directory.js'
import { lockCache } from '../../src/vm/cache/cache-lock.js'
import { isMade, makePart, partDirectory, sizeOf, type Part } from '../../src/vm/cache/part.js'
import { wantedDownloads } from '../../src/vm/cache/wanted-downloads.js'
import { createRunDirectory, removeDeadRuns } from '../../src/vm/cache/run-directory.js'
import { kernelPackages, newestKernelPackage } from '../../src/vm/debian/kernel-package.js'
import { findDebianSource, parseDeb822, parseOneLine } from '../../src/vm/debian/sources.js'
import { makeDirectory } from '../../src/files/make-directory.js'
import { pidNamespace } from '../../src/vm/host/process-identity.js'
import { findProgram, requirePrograms } from '../../src/vm/host/programs.js'
import { RK3288 } from '../../src/vm/boards/rk3288.js'
import { RK3399 } from '../../src/vm/boards/rk3399.js'
import { nameKernel } from '../../src/vm/kernel-build/built-kernels.js'
import { kernelNames } from '../../src/vm/matrix/combinations.js'
import { suiteChoices } from '../../src/vm/parts/debian-kernel.js'
import { guestKernel, modulesOf } from '../../src/vm/parts/guest-kernel.js'
import { planVm } from '../../src/vm/prepare.js'
import { runProgram } from '../../src/vm/host/run-program.js'
import type { VmError } from '../../src/vm/vm-error.js'

let directory = ''
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gemrig-parts-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const CONTEXT = { report: () => undefined }

describe('missing programs', () => {
  it('are all named in one error, each with its package, and one command brings them', () => {
    const programs = [
      { name: 'gemrig-none-a', debianPackage: 'pkg-a' },
      { name: 'sh', debianPackage: 'dash' },
      { name: 'gemrig-none-b', debianPackage: 'pkg-b' },
      { name: 'gemrig-none-c', debianPackage: 'pkg-a' },
    ]
    expect(() => requirePrograms(programs)).toThrow(
      expect.objectContaining({
        kind: 'missing-host-part',
        exitCode: 3,
        message:
          'this machine lacks gemrig-none-a (Debian package pkg-a), gemrig-none-b (Debian package pkg-b), ' +
          'gemrig-none-c (Debian package pkg-a)',
        advice: 'sudo apt-get install --no-install-recommends pkg-a pkg-b',
      }) as VmError,
    )
    expect(() => requirePrograms([{ name: 'sh', debianPackage: 'dash' }])).not.toThrow()
  })

  it('are not missing only because PATH lacks the folder of system programs', () => {
    const path = process.env['PATH']
    process.env['PATH'] = '/nowhere'
    try {
      expect(findProgram('sh')).toMatch(/\/sh$/)
    } finally {
      process.env['PATH'] = path
    }
  })
})

describe('a program that fails', () => {
  it('is quoted in the error', async () => {
    await expect(runProgram('sh', ['-c', 'echo no such thing >&2; exit 4'])).rejects.toMatchObject({
      kind: 'prepare',
      message: 'sh -c failed (exit code 4): no such thing',
    })
  })

  it('is quoted from stdout when it says nothing on stderr', async () => {
    await expect(runProgram('sh', ['-c', 'echo on stdout; exit 1'])).rejects.toThrow(/: on stdout$/)
  })
})

describe('parts', () => {
  const part = (make: Part['make']): Part => ({ name: 'p', title: 'a part', key: '1', programs: [], make })

  it('are there only when they are whole', async () => {
    const broken = part((folder) => {
      writeFileSync(join(folder, 'half'), 'x')
      return Promise.reject(new Error('broken off'))
    })
    await expect(makePart(directory, broken, CONTEXT)).rejects.toThrow('broken off')
    expect(isMade(directory, broken)).toBe(false)

    const whole = part((folder) => {
      writeFileSync(join(folder, 'all'), Buffer.alloc(10_000, 1))
      return Promise.resolve()
    })
    await makePart(directory, whole, CONTEXT)
    expect(existsSync(join(partDirectory(directory, whole), 'all'))).toBe(true)
    expect(await sizeOf(directory, whole)).toBeGreaterThanOrEqual(10_000)
  })

  it('say before they are made what will be downloaded, unless they are there', async () => {
    const nothing = () => Promise.resolve()
    const kernel = { ...part(nothing), name: 'k', title: 'a kernel', fetchMegabytes: 110 }
    const node = { ...part(nothing), name: 'n', title: 'Node', fetchMegabytes: 43 }
    const all = [kernel, part(nothing), node]
    expect(wantedDownloads(directory, all)).toEqual({
      sum: 'about 153 MB to download, and package lists',
      each: 'a kernel (110 MB); Node (43 MB)',
    })
    await makePart(directory, kernel, CONTEXT)
    expect(wantedDownloads(directory, all)?.each).toBe('Node (43 MB)')
    await makePart(directory, node, CONTEXT)
    expect(wantedDownloads(directory, all)).toBeUndefined()
  })

  it('that do not fit on the disk say so, and leave nothing', async () => {
    const noRoom = async () => {
      await runProgram('sh', ['-c', 'echo "tar: x: No space left on device" >&2; exit 2'])
    }
    const own = () => Promise.reject(Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' }))
    for (const make of [noRoom, own]) {
      await expect(makePart(directory, part(make), CONTEXT)).rejects.toMatchObject({
        kind: 'prepare',
        message: `no space is left for parts in ${directory}`,
        advice: expect.stringContaining('GEMRIG_CACHE') as string,
      })
      expect(readdirSync(join(directory, 'parts'))).toEqual([])
    }
  })

  it('that a killed process left half made are removed', async () => {
    const leftover = join(directory, 'parts/p-0.making-abc')
    mkdirSync(leftover, { recursive: true })
    await makePart(
      directory,
      part(() => Promise.resolve()),
      CONTEXT,
    )
    expect(existsSync(leftover)).toBe(false)
  })

  it('are made by one at a time', async () => {
    let waited = false
    const first = await lockCache(directory, () => undefined)
    const second = lockCache(directory, () => (waited = true))
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(waited).toBe(true)
    await first.release()
    await (await second).release()
  })

  it('wait for a lock no longer than their caller wants', async () => {
    const first = await lockCache(directory, () => undefined)
    try {
      await expect(lockCache(directory, () => undefined, AbortSignal.timeout(50))).rejects.toMatchObject({
        kind: 'interrupted',
      })
    } finally {
      await first.release()
    }
  })
})

describe('the cache', () => {
  const before = process.env['GEMRIG_CACHE']
  afterEach(() => {
    if (before === undefined) delete process.env['GEMRIG_CACHE']
    else process.env['GEMRIG_CACHE'] = before
  })

  it('is an absolute path, whatever GEMRIG_CACHE is', () => {
    process.env['GEMRIG_CACHE'] = 'some/cache'
    expect(defaultCacheDirectory()).toBe(resolve('some/cache'))
  })

  it('that cannot be written says so', () => {
    expect(() => checkCache('/proc/gemrig')).toThrow(
      expect.objectContaining({
        kind: 'prepare',
        advice: 'set GEMRIG_CACHE to a folder that you may write',
      }) as VmError,
    )
  })
})

describe('run directories', () => {
  it('of living processes stay, those of dead ones and of reused ids go', async () => {
    const own = createRunDirectory(directory)
    const namespace = pidNamespace()
    const dead = join(directory, `run/${namespace}-4999999-abc`)
    mkdirSync(dead)
    const reused = join(directory, `run/${namespace}-${process.pid}-def`)
    mkdirSync(reused)
    writeFileSync(join(reused, 'owner'), `${process.pid} 1`)
    await removeDeadRuns(directory)
    expect([own, dead, reused].map(existsSync)).toEqual([true, false, false])
  })

  it('of another PID namespace stay for a day, as nobody can tell whether their process lives', async () => {
    const ofContainer = (name: string) => {
      const folder = join(directory, 'run', name)
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'owner'), '7 1')
      return folder
    }
    const running = ofContainer('4026539999-7-abc')
    const left = ofContainer('4026539999-7-def')
    const longAgo = Date.now() / 1000 - 25 * 3600
    utimesSync(left, longAgo, longAgo)
    await removeDeadRuns(directory)
    expect([running, left].map(existsSync)).toEqual([true, false])
  })
})

describe('makeDirectory', () => {
  it('makes all folders of a path, and ends where a file system refuses', () => {
    makeDirectory(join(directory, 'a/b/c'))
    expect(existsSync(join(directory, 'a/b/c'))).toBe(true)
    expect(() => makeDirectory('/proc/gemrig/x')).toThrow('ENOENT')
  })
})

describe("apt's sources", () => {
  const deb822 = `# comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://mirror.example/debian
Suites: sid
Components: main

Types: deb
URIs: http://mirror.example/debian-security/
Suites: bookworm-security
Components: main
`
  it('are read in both forms', () => {
    expect(parseDeb822(deb822).map(({ suite }) => suite)).toEqual(['bookworm', 'bookworm-security'])
    expect(parseDeb822(deb822)[0]).toEqual({
      uri: 'http://mirror.example/debian',
      suite: 'bookworm',
      options: ['signed-by=/usr/share/keyrings/debian-archive-keyring.gpg'],
    })
    const line =
      'deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ trixie main # all\n# deb x y main\n'
    expect(parseOneLine(line)).toEqual([
      { uri: 'http://mirror.example/debian/', suite: 'trixie', options: ['signed-by=/k.gpg'] },
    ])
  })

  it('give the main archive, wherever it is named', async () => {
    mkdirSync(join(directory, 'sources.list.d'))
    writeFileSync(join(directory, 'sources.list'), 'deb http://mirror.example/debian bookworm main\n')
    writeFileSync(
      join(directory, 'sources.list.d/other.list'),
      'deb http://other.example/apt stable main\ndeb http://mirror.example/debian bookworm-updates main\n',
    )
    expect((await findDebianSource(directory))?.suite).toBe('bookworm')
    expect(await findDebianSource(join(directory, 'none'))).toBeUndefined()
  })
})

describe('kernel package', () => {
  it('is the newest plain one of its series, by number', () => {
    const names = [
      'linux-image-6.12.9+deb12-arm64',
      'linux-image-6.12.90+deb12-arm64',
      'linux-image-6.12.90+deb12.1-arm64',
      'linux-image-6.12.95+deb12-arm64-16k',
      'linux-image-6.12.95+deb12-arm64-dbg',
      'linux-image-6.12.95+deb12-rt-arm64',
      'linux-image-6.12.95+deb12-cloud-arm64',
      'linux-image-6.12.95+deb12-arm64-unsigned',
      'linux-image-6.1.0-50-arm64',
    ]
    expect(newestKernelPackage(names, '6.12', 'arm64')).toBe('linux-image-6.12.90+deb12.1-arm64')
    expect(newestKernelPackage(names, '7.2', 'arm64')).toBeUndefined()
    expect(newestKernelPackage(names, '6.1', 'arm64')).toBe('linux-image-6.1.0-50-arm64')
  })

  it('of a flavour with a dash in its name is found', () => {
    const names = ['linux-image-6.1.0-9-armmp-lpae', 'linux-image-6.1.0-50-armmp-lpae', 'linux-image-6.1.0-51-armmp', 'linux-image-6.1.0-52-rt-armmp-lpae'] // prettier-ignore
    expect(newestKernelPackage(names, '6.1', 'armmp-lpae')).toBe('linux-image-6.1.0-50-armmp-lpae')
  })

  it('that is an empty one is replaced by those with the files', () => {
    const image = 'linux-image-7.2.13+deb14-arm64'
    const parts = ['binary', 'modules', 'base'].map((what) => image.replace('image', what))
    expect(kernelPackages(image, [image, ...parts])).toEqual(parts)
    expect(kernelPackages(image, [image])).toEqual([image])
  })
})

describe('dma-buf heaps', () => {
  it.each([
    ['rk3399', '6.1', 'arm64'],
    ['rk3399', '6.12', 'arm64'],
    ['rk3568', '6.1', 'arm64'],
    ['rk3288', '6.1', 'armhf'],
    ['rk3288', '6.12', 'armhf'],
  ])('are built for %s with Linux %s', async (board, kernel, architecture) => {
    const { parts } = await planVm({ board, kernel, cacheDirectory: directory })
    const title = `dma-buf heaps for Linux ${kernel}, compiled for ${architecture}`
    expect(parts.map((part) => part.title)).toContain(title)
  })

  it('are not built where the tools for it do not run on Debian 12', async () => {
    const { parts } = await planVm({ board: 'rk3399', kernel: '7.2', cacheDirectory: directory })
    expect(parts.map(({ name }) => name)).not.toContain('dma-heap')
  })
})

describe("a guest's kernel", () => {
  const own = () => join(directory, 'Image')
  /** The first bytes of a file that has `words` at these places. */
  const head = (words: Readonly<Record<number, number>>) => {
    const bytes = Buffer.alloc(128)
    for (const [place, word] of Object.entries(words)) bytes.writeUInt32LE(word, Number(place))
    return bytes
  }
  const IMAGE = head({ 0x38: 0x644d_5241 })
  const ZIMAGE = head({ 0x24: 0x016f_2818 })
  /** MZ, and at 0x40 the header of PE for `machine`. */
  const pe = (machine: number) => head({ 0: 0x5a4d, 0x3c: 0x40, 0x40: 0x4550, 0x44: machine })

  it("is a series of Debian, the board's own unless told", () => {
    expect(guestKernel(RK3399, directory, undefined, undefined).title).toBe('Linux 6.12')
    expect(guestKernel(RK3399, directory, '7.2', undefined).image).toContain('linux-7.2-arm64')
  })

  it('may be a file, with everything built in or with modules', () => {
    writeFileSync(own(), IMAGE)
    expect(guestKernel(RK3399, directory, own(), undefined)).toMatchObject({
      image: own(),
      modules: undefined,
    })
    mkdirSync(join(directory, 'mod/lib/modules/1.2'), { recursive: true })
    const { modules } = guestKernel(RK3399, directory, own(), join(directory, 'mod'))
    expect(() => modulesOf(modules ?? '')).toThrow('no modules.dep')
    writeFileSync(join(directory, 'mod/lib/modules/1.2/modules.dep'), '')
    expect(modulesOf(modules ?? '')).toBe(join(directory, 'mod/lib/modules/1.2'))
  })

  it.each([
    [RK3399, IMAGE],
    [RK3399, gzipSync(IMAGE)],
    [RK3399, pe(0xaa64)],
    [RK3288, ZIMAGE],
    [RK3288, pe(0x01c2)],
  ])('of $name may be one of its formats (%#)', (board, bytes) => {
    writeFileSync(own(), bytes)
    expect(guestKernel(board, directory, own(), undefined).image).toBe(own())
  })

  it.each([
    [RK3399, Buffer.from('root:x:0:0\n'), 'is no kernel'],
    [RK3399, head({}), 'is no kernel'],
    [RK3399, pe(0x8664), 'is no kernel'],
    [RK3399, gzipSync('text'), 'is no kernel'],
    [RK3399, head({ 0: 0x464c_457f }), 'is an ELF file such as vmlinux'],
    [RK3399, ZIMAGE, 'is a kernel for armhf, and the board is arm64'],
    [RK3288, IMAGE, 'is a kernel for arm64, and the board is armhf'],
    [RK3288, gzipSync(ZIMAGE), 'is no kernel'],
  ])('of $name that cannot be is refused, and the right file named (%#)', (board, bytes, message) => {
    writeFileSync(own(), bytes)
    const { linux, kernelImage } = board.architecture
    expect(() => guestKernel(board, directory, own(), undefined)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringContaining(message) as string,
        advice: expect.stringContaining(`arch/${linux}/boot/${kernelImage}`) as string,
      }) as VmError,
    )
  })

  it('may be a name, of a kernel for its architecture', async () => {
    mkdirSync(join(directory, 'made'))
    writeFileSync(join(directory, 'made/zImage'), ZIMAGE)
    await nameKernel(directory, ARM, 'mine', join(directory, 'made'))
    expect(guestKernel(RK3288, directory, 'mine', undefined).image).toMatch(/zImage$/)
    expect(() => guestKernel(RK3399, directory, 'mine', undefined)).toThrow(
      expect.objectContaining({
        message: "the kernel 'mine' is for armhf, and rk3399 is arm64",
        advice: 'gemrig vm build-kernel --board rk3399 --name mine',
      }) as VmError,
    )
    expect(kernelNames('mine', directory)).toEqual(['mine'])
  })

  it('has a folder of modules and not a file', () => {
    writeFileSync(own(), IMAGE)
    expect(() => guestKernel(RK3399, directory, own(), own())).toThrow(/there is no folder of modules/)
  })

  it('has another key when its modules were installed anew', () => {
    writeFileSync(own(), IMAGE)
    const modules = join(directory, 'lib/modules/1.2')
    mkdirSync(join(modules, 'kernel'), { recursive: true })
    writeFileSync(join(modules, 'modules.dep'), 'kernel/a.ko:\n')
    writeFileSync(join(modules, 'kernel/a.ko'), 'one')
    const key = () => guestKernel(RK3399, directory, own(), directory).key
    const before = key()
    expect(key()).toBe(before)
    writeFileSync(join(modules, 'kernel/a.ko'), 'another')
    expect(key()).not.toBe(before)
  })

  it.each([
    ['/nowhere/Image', undefined, 'neither a kernel version'],
    ['5.4', undefined, 'needs Linux 6.1 or later'],
    ['6.12', '/lib/modules', 'goes with a kernel file'],
  ])('%s with modules %s is refused', (kernel, modules, message) => {
    expect(() => guestKernel(RK3399, directory, kernel, modules)).toThrow(message)
  })

  it('is looked for in the suite that surely has it first, and nowhere twice', () => {
    expect(suiteChoices('bookworm', '7.2').slice(0, 2)).toEqual([['bookworm', 'bookworm-backports'], ['sid']])
    expect(suiteChoices('bookworm', '7.2').filter((choice) => choice.join() === 'sid')).toHaveLength(1)
  })
})
