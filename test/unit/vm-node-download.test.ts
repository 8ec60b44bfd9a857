/** Node for the guest comes whole or not at all: a registry of our own that breaks off, lies, refuses, or is a proxy. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { APT_HELPER } from '../../src/vm/debian/apt-fetch.js'
import { findProgram } from '../../src/vm/host/programs.js'
import { fetchNpmArchive } from '../../src/vm/parts/npm-archive.js'
import { FileServer } from './file-server.js'

const NAME = 'gemrig-test'
const TARBALL = `${NAME}/-/${NAME}-1.0.0.tgz`
const SETTINGS = ['npm_config_registry', 'npm_config_proxy', 'npm_config_fetch_retries', 'APT_CONFIG']
const usable = [APT_HELPER, 'npm'].every((name) => findProgram(name) !== undefined)

describe.skipIf(!usable)(`an archive of npm's${usable ? '' : ' (skipped: no apt, or no npm)'}`, () => {
  let directory = ''
  let server: FileServer
  const whole = randomBytes(200_000)

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gemrig-npm-'))
    for (const folder of ['part', 'downloads']) mkdirSync(join(directory, folder))
    server = new FileServer()
    server.watched = TARBALL
    server.files.set(TARBALL, whole)
    await server.start()
    publish(server.address)
    process.env['npm_config_fetch_retries'] = '0'
  })
  afterEach(async () => {
    await server.stop()
    rmSync(directory, { recursive: true })
    for (const name of SETTINGS) Reflect.deleteProperty(process.env, name)
  })

  /** `address` is what the registry says of itself. */
  function publish(address: string, registry = address): void {
    const dist = {
      tarball: `${address}/${TARBALL}`,
      integrity: `sha512-${createHash('sha512').update(whole).digest('base64')}`,
    }
    const version = { name: NAME, version: '1.0.0', dist }
    const versions = { '1.0.0': version }
    server.files.set(
      NAME,
      Buffer.from(JSON.stringify({ name: NAME, 'dist-tags': { latest: '1.0.0' }, versions })),
    )
    process.env['npm_config_registry'] = registry
  }

  async function fetch(): Promise<Buffer> {
    const context = { downloads: join(directory, 'downloads'), report: () => undefined }
    const file = await fetchNpmArchive(`${NAME}@1.0.0`, join(directory, 'part'), context, () => undefined)
    // What npm keeps for itself is gone.
    expect(readdirSync(join(directory, 'part')).filter((name) => !name.endsWith('.tgz'))).toEqual([])
    return readFileSync(file)
  }

  it('that breaks off is continued by the next start', async () => {
    server.cuts = [50_000, ...Array<number>(12).fill(10_000)]
    await expect(fetch()).rejects.toMatchObject({ kind: 'prepare' })
    server.cuts = []
    server.ranges = []
    expect((await fetch()).equals(whole)).toBe(true)
    expect(Number(/^bytes=(\d+)-/.exec(server.ranges[0] ?? '')?.[1])).toBeGreaterThanOrEqual(50_000)
  })

  it('that has another checksum than the registry says is an error, and is not kept', async () => {
    const wrong = Buffer.from(whole)
    wrong[1000] = (wrong[1000] ?? 0) ^ 1
    server.files.set(TARBALL, wrong)
    await expect(fetch()).rejects.toThrow(/Hash Sum mismatch.*EINTEGRITY/)
    server.files.set(TARBALL, whole)
    expect((await fetch()).equals(whole)).toBe(true)
  })

  it('that the registry gives to npm alone comes with npm', async () => {
    server.refused = 'Debian APT'
    expect((await fetch()).equals(whole)).toBe(true)
  })

  it('comes through the proxy that npm is set up with', async () => {
    publish('http://registry.invalid')
    process.env['npm_config_proxy'] = server.address
    expect((await fetch()).equals(whole)).toBe(true)
    expect(server.ranges).toHaveLength(1)
  })

  it('is taken from the registry that npm is set up with where that has a copy', async () => {
    publish('https://registry.invalid', server.address)
    expect((await fetch()).equals(whole)).toBe(true)
  })
})
