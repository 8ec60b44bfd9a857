/**
 * Downloads packages of another architecture with apt, without touching the machine's own apt: state, cache and
 * sources are in a folder of ours (apt.conf(5)). apt checks signatures and checksums.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../host/run-program.js'
import { VmError } from '../vm-error.js'
import { APT_OPTIONS, aptFetch } from './apt-fetch.js'
import type { DebianSource } from './sources.js'

export class PrivateApt {
  readonly #directory: string
  readonly #options: readonly string[]
  readonly #signal: AbortSignal | undefined

  private constructor(directory: string, architecture: string, signal: AbortSignal | undefined) {
    this.#directory = directory
    this.#signal = signal
    this.#options = [
      ...APT_OPTIONS,
      `-oAPT::Architecture=${architecture}`,
      `-oAPT::Architectures=${architecture}`,
      '-oAcquire::Languages=none',
      `-oDir::State=${directory}`,
      `-oDir::State::status=${join(directory, 'status')}`,
      `-oDir::Cache=${directory}`,
      `-oDir::Etc::SourceList=${join(directory, 'sources.list')}`,
      '-oDir::Etc::SourceParts=/dev/null',
      '-oDir::Etc::Preferences=/dev/null',
      '-oDir::Etc::PreferencesParts=/dev/null',
    ]
  }

  /** An apt that knows the packages of these suites. VmError `prepare` when one of them cannot be read. */
  static async open(
    directory: string,
    architecture: string,
    source: DebianSource,
    suites: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<PrivateApt> {
    await mkdir(join(directory, 'lists', 'partial'), { recursive: true })
    await mkdir(join(directory, 'archives', 'partial'), { recursive: true })
    await writeFile(join(directory, 'status'), '')
    const options = source.options.length === 0 ? '' : `[${source.options.join(' ')}] `
    const lines = suites.map((suite) => `deb ${options}${source.uri} ${suite} main\n`)
    await writeFile(join(directory, 'sources.list'), lines.join(''))
    const apt = new PrivateApt(directory, architecture, signal)
    await runProgram('apt-get', ['update', ...apt.#options, '-oAPT::Update::Error-Mode=any'], { signal })
    return apt
  }

  /** Names of packages that match a regular expression of apt's. */
  async names(pattern: string): Promise<string[]> {
    const found = await runProgram('apt-cache', ['search', ...this.#options, '--names-only', pattern], {
      signal: this.#signal,
    })
    return found
      .toString()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .filter((name) => name !== '')
  }

  /** Size in bytes of the download, as the archive states it. */
  async sizeBytes(name: string): Promise<number> {
    const shown = await runProgram('apt-cache', ['show', ...this.#options, '--no-all-versions', name], {
      signal: this.#signal,
    })
    return Number(/^Size: (\d+)$/m.exec(shown.toString())?.[1] ?? 0)
  }

  /**
   * Downloads a package into a folder of its own in `downloads`: the path of its file. apt goes on where an earlier
   * download broke off, and throws away what does not have the checksum that the archive's index states.
   */
  async download(name: string, downloads: string, onFraction: (fraction: number) => void): Promise<string> {
    const signal = this.#signal
    const printed = await runProgram('apt-get', ['download', ...this.#options, '--print-uris', name], {
      signal,
    })
    const [, uri, , hash] = /^'([^']+)' (\S+) \d+ (\S+)/m.exec(printed.toString()) ?? []
    if (uri === undefined || hash === undefined)
      throw new VmError('prepare', `apt tells no address of ${name}`)
    const into = join(downloads, name)
    await mkdir(into, { recursive: true })
    // Not apt-get: what an earlier one has left, it removes.
    const file = join(into, `${hash.replaceAll(/\W/g, '-')}.deb`)
    await aptFetch({ uri, file, hash, options: this.#options, signal, onFraction })
    return file
  }
}
