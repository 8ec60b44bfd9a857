/** Packages come whole or not at all: a small archive of our own that breaks off, lies, or is behind a proxy. */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PrivateApt } from '../../src/vm/debian/private-apt.js'
import { findProgram } from '../../src/vm/host/programs.js'

const NAME = 'gemrig-test'
const DEB = `pool/${NAME}_1_arm64.deb`
const INDEX = 'dists/test/main/binary-arm64/Packages'
const usable = ['apt-get', 'dpkg-deb'].every((name) => findProgram(name) !== undefined)

describe.skipIf(!usable)(`a download${usable ? '' : ' (skipped: this machine has no apt)'}`, () => {
  let directory = ''
  let server: Server
  /** Requests for the package: the Range that each asked for. */
  let ranges: (string | undefined)[] = []
  /** How much of the package the archive sends, request by request; after that all of it. */
  let cuts: number[] = []
  const archive = new Map<string, Buffer>()

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gemrig-download-'))
    ranges = []
    cuts = []
    fillArchive()
    server = createServer(answer).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    rmSync(directory, { recursive: true })
    delete process.env['http_proxy']
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
    archive.clear()
    archive.set(DEB, deb).set(INDEX, index).set('dists/test/Release', release)
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    // A proxy is asked for whole addresses.
    const path = new URL(request.url ?? '', 'http://archive').pathname.slice(1)
    const file = archive.get(path)
    if (file === undefined) {
      response.writeHead(404).end()
      return
    }
    const { range } = request.headers
    const start = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
    const rest = file.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': rest.length,
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'accept-ranges': 'bytes',
      ...(start > 0 && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    })
    if (path === DEB) ranges.push(range)
    const cut = path === DEB ? cuts.shift() : undefined
    if (cut === undefined) response.end(rest)
    else response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 50))
  }

  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const open = (uri = address()) => {
    const source = { uri, suite: 'test', options: ['trusted=yes'] }
    return PrivateApt.open(join(directory, 'apt'), 'arm64', source, ['test'], undefined)
  }
  const download = async (apt: PrivateApt) =>
    readFileSync(await apt.download(NAME, join(directory, 'downloads'), () => undefined))
  const whole = () => archive.get(DEB) ?? Buffer.alloc(0)

  it('that breaks off goes on where it was, also at the next start', async () => {
    cuts = [50_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000]
    await expect(download(await open())).rejects.toMatchObject({ kind: 'prepare' })
    cuts = []
    rmSync(join(directory, 'apt'), { recursive: true })
    ranges = []
    expect((await download(await open())).equals(whole())).toBe(true)
    expect(Number(/^bytes=(\d+)-/.exec(ranges[0] ?? '')?.[1])).toBeGreaterThanOrEqual(50_000)
  })

  it('that is not what the index says is an error, and is not kept', async () => {
    const apt = await open()
    const right = whole()
    const wrong = Buffer.from(right)
    wrong[1000] = (wrong[1000] ?? 0) ^ 1
    archive.set(DEB, wrong)
    await expect(download(apt)).rejects.toThrow('Hash Sum mismatch')
    archive.set(DEB, right)
    expect((await download(apt)).equals(right)).toBe(true)
  })

  it("goes through the proxy of the machine's apt", async () => {
    process.env['http_proxy'] = address()
    const apt = await open('http://archive.invalid')
    expect((await download(apt)).equals(whole())).toBe(true)
  })

  it('from an archive that is not there is an error that names the address', async () => {
    await expect(open('http://127.0.0.1:1')).rejects.toThrow('http://127.0.0.1:1')
  })
})
