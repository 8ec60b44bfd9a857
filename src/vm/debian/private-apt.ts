/**
 * Downloads packages of another architecture with apt, without touching the machine's own apt: state, cache and
 * sources are in a folder of ours (apt.conf(5)). apt checks signatures and checksums.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../host/run-program.js'
import { VmError } from '../vm-error.js'
import type { DebianSource } from './sources.js'

/** A part of the package apt. */
export const APT_HELPER = '/usr/lib/apt/apt-helper'

export class PrivateApt {
  readonly #directory: string
  readonly #options: readonly string[]
  readonly #signal: AbortSignal | undefined

  private constructor(directory: string, architecture: string, signal: AbortSignal | undefined) {
    this.#directory = directory
    this.#signal = signal
    this.#options = [
      `-oAPT::Architecture=${architecture}`,
      `-oAPT::Architectures=${architecture}`,
      // Not a user of its own: that one could not write into our folder.
      '-oAPT::Sandbox::User=root',
      '-oAcquire::Languages=none',
      '-oAcquire::Retries=3',
      '-oAPT::Status-Fd=3',
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
    await runProgram('apt-get', [...apt.#options, '-oAPT::Update::Error-Mode=any', 'update'], { signal })
    return apt
  }

  /** Names of packages that match a regular expression of apt's. */
  async names(pattern: string): Promise<string[]> {
    const found = await runProgram('apt-cache', [...this.#options, 'search', '--names-only', pattern], {
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
    const shown = await runProgram('apt-cache', [...this.#options, 'show', '--no-all-versions', name], {
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
    const printed = await runProgram('apt-get', [...this.#options, 'download', '--print-uris', name], {
      signal,
    })
    const [, uri, , hash] = /^'([^']+)' (\S+) \d+ (\S+)/m.exec(printed.toString()) ?? []
    if (uri === undefined || hash === undefined)
      throw new VmError('prepare', `apt tells no address of ${name}`)
    const into = join(downloads, name)
    await mkdir(into, { recursive: true })
    // Not apt-get: what an earlier one has left, it removes.
    const file = join(into, `${hash.replaceAll(/\W/g, '-')}.deb`)
    await runProgram(APT_HELPER, [...this.#options, 'download-file', uri, file, hash], {
      signal,
      onStatus: (text) => {
        const percent = /dlstatus:\d+:([\d.]+):/.exec(text)?.[1]
        if (percent !== undefined) onFraction(Number(percent) / 100)
      },
    })
    return file
  }
}
