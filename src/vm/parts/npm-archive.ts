/**
 * An npm package as a file. npm tells its address and checksum, and apt's downloader brings it: that goes on where an
 * earlier start broke off, which npm does not.
 */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isFullDisk } from '../cache/full-disk.js'
import type { MakeContext } from '../cache/part.js'
import { aptFetch } from '../debian/apt-fetch.js'
import { runProgram } from '../host/run-program.js'
import { VmError } from '../vm-error.js'

interface Archive {
  readonly uri: string
  /** As aptFetch() takes it. */
  readonly hash: string
  /** apt's options for the proxy that npm is set up with. */
  readonly options: readonly string[]
}

/**
 * Path of the archive of `name@version`, in `directory` or in the folder of downloads; the caller removes it. Its
 * checksum is the registry's. VmError `prepare` when neither apt nor npm can fetch it.
 */
export async function fetchNpmArchive(
  name: string,
  directory: string,
  context: MakeContext,
  onFraction: (fraction: number) => void,
): Promise<string> {
  const { downloads, signal } = context
  const npm = new Npm(join(directory, 'npm'), directory, signal)
  try {
    const { uri, hash, options } = await npm.find(name)
    const file = join(downloads, `${hash.replace(/\W/, '-').slice(0, 32)}.tgz`)
    try {
      await aptFetch({ uri, file, hash, options, signal, onFraction })
      return file
    } catch (error) {
      // What came of it is for the next start.
      if (!isRefusal(error) || existsSync(file)) throw error
      context.report(`${name}, with npm`)
      return await npm.pack(name).catch((second: unknown) => {
        if (!isRefusal(second)) throw second
        throw new VmError('prepare', `${error.message}; and ${second.message}`, { cause: second })
      })
    }
  } finally {
    await npm.forget()
  }
}

/** A registry that wants a login, a proxy that takes Debian's archive alone: npm knows its own way. */
function isRefusal(error: unknown): error is VmError {
  return error instanceof VmError && error.kind === 'prepare' && !isFullDisk(error)
}

/** npm with a cache of its own: what it keeps for itself is not left on the machine. */
class Npm {
  readonly #cache: string
  readonly #directory: string
  readonly #signal: AbortSignal | undefined

  constructor(cache: string, directory: string, signal: AbortSignal | undefined) {
    this.#cache = cache
    this.#directory = directory
    this.#signal = signal
  }

  async #run(...args: string[]): Promise<string> {
    const options = ['--cache', this.#cache, '--loglevel', 'error', '--no-update-notifier']
    const printed = await runProgram('npm', [...args, ...options], {
      cwd: this.#directory,
      signal: this.#signal,
    })
    return printed.toString()
  }

  async pack(name: string): Promise<string> {
    await this.#run('pack', '--ignore-scripts', name)
    const archive = (await readdir(this.#directory)).find((entry) => entry.endsWith('.tgz'))
    if (archive === undefined) throw new VmError('prepare', `npm pack ${name} brought no file`)
    return join(this.#directory, archive)
  }

  async find(name: string): Promise<Archive> {
    const { tarball, integrity } = JSON.parse(await this.#run('view', name, 'dist', '--json')) as {
      tarball?: string
      integrity?: string
    }
    const sha512 = /^sha512-(\S+)$/.exec(integrity ?? '')?.[1]
    if (tarball === undefined || sha512 === undefined)
      throw new VmError('prepare', `the registry tells no address or no checksum of ${name}`)
    const settings = new Map(
      (await this.#run('config', 'get', 'registry', 'proxy', 'https-proxy'))
        .split('\n')
        .map((line) => /^(\S+?)\s*=\s*(.*)$/.exec(line))
        .map((match) => [match?.[1] ?? '', match?.[2] ?? '']),
    )
    const setting = (key: string) => (settings.get(key) === 'null' ? undefined : settings.get(key))
    // A registry that has copies tells the address of the original: `replace-registry-host` of npm. One whose archives are
    // elsewhere refuses, and npm itself is asked.
    const registry = setting('registry')
    const told = new URL(tarball)
    const isCopy = registry !== undefined && new URL(registry).host !== told.host
    const uri = isCopy ? new URL(registry.replace(/\/$/, '') + told.pathname) : told
    const scheme = uri.protocol.replace(':', '')
    const proxy = (scheme === 'https' ? setting('https-proxy') : undefined) ?? setting('proxy')
    return {
      uri: uri.href,
      hash: `SHA512:${Buffer.from(sha512, 'base64').toString('hex')}`,
      options: proxy === undefined ? [] : [`-oAcquire::${scheme}::Proxy=${proxy}`],
    }
  }

  async forget(): Promise<void> {
    await rm(this.#cache, { recursive: true, force: true })
  }
}
