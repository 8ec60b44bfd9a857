/** Packages come whole or not at all: a small archive of our own that breaks off, lies, or is behind a proxy. */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PrivateApt } from '../../src/vm/debian/private-apt.js'
import { findProgram } from '../../src/vm/host/programs.js'
import { FileServer } from './file-server.js'

const NAME = 'gemrig-test'
const DEB = `pool/${NAME}_1_arm64.deb`
const INDEX = 'dists/test/main/binary-arm64/Packages'
const usable = ['apt-get', 'dpkg-deb'].every((name) => findProgram(name) !== undefined)

describe.skipIf(!usable)(`a download${usable ? '' : ' (skipped: this machine has no apt)'}`, () => {
  let directory = ''
  let server: FileServer

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gemrig-download-'))
    server = new FileServer()
    server.watched = DEB
    fillArchive()
    await server.start()
  })
  afterEach(async () => {
    await server.stop()
    rmSync(directory, { recursive: true })
    delete process.env['APT_CONFIG']
  })

  function fillArchive(): void {
    const build = join(directory, 'build')
    mkdirSync(join(build, 'DEBIAN'), { recursive: true })
    const control = `Package: ${NAME}\nVersion: 1\nArchitecture: arm64\nMaintainer: nobody <n@example.org>\nDescription: test\n`
    writeFileSync(join(build, 'DEBIAN/control'), control)
    writeFileSync(join(build, 'data'), randomBytes(200_000))
    execFileSync('dpkg-deb', ['-b', build, join(directory, 'test.deb')], { stdio: 'ignore' })
    const deb = readFileSync(join(directory, 'test.deb'))
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    const index = Buffer.from(`${control}Filename: ${DEB}\nSize: ${deb.length}\nSHA256: ${hash(deb)}\n\n`)
    const entry = `${hash(index)} ${index.length} main/binary-arm64/Packages`
    const release = Buffer.from(
      `Suite: test\nCodename: test\nArchitectures: arm64\nComponents: main\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n ${entry}\n`,
    )
    server.files.set(DEB, deb).set(INDEX, index).set('dists/test/Release', release)
  }

  const open = (uri = server.address) => {
    const source = { uri, suite: 'test', options: ['trusted=yes'] }
    return PrivateApt.open(join(directory, 'apt'), 'arm64', source, ['test'], undefined)
  }
  const download = async (apt: PrivateApt) =>
    readFileSync(await apt.download(NAME, join(directory, 'downloads'), () => undefined))
  const whole = () => server.files.get(DEB) ?? Buffer.alloc(0)

  it('that breaks off goes on where it was, also at the next start', async () => {
    server.cuts = [50_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000]
    await expect(download(await open())).rejects.toMatchObject({ kind: 'prepare' })
    server.cuts = []
    rmSync(join(directory, 'apt'), { recursive: true })
    server.ranges = []
    expect((await download(await open())).equals(whole())).toBe(true)
    expect(Number(/^bytes=(\d+)-/.exec(server.ranges[0] ?? '')?.[1])).toBeGreaterThanOrEqual(50_000)
  })

  it('that is not what the index says is an error, and is not kept', async () => {
    const apt = await open()
    const right = whole()
    const wrong = Buffer.from(right)
    wrong[1000] = (wrong[1000] ?? 0) ^ 1
    server.files.set(DEB, wrong)
    await expect(download(apt)).rejects.toThrow('Hash Sum mismatch')
    server.files.set(DEB, right)
    expect((await download(apt)).equals(right)).toBe(true)
  })

  it("goes through the proxy of the machine's apt", async () => {
    // One more file of settings, beside /etc/apt/apt.conf.d.
    process.env['APT_CONFIG'] = join(directory, 'apt.conf')
    writeFileSync(process.env['APT_CONFIG'], `Acquire::http::Proxy "${server.address}";\n`)
    const apt = await open('http://archive.invalid')
    expect((await download(apt)).equals(whole())).toBe(true)
  })

  it('from an archive that is not there is an error that names the address', async () => {
    await expect(open('http://127.0.0.1:1')).rejects.toThrow('http://127.0.0.1:1')
  })
})
