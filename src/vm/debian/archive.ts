/** Opens Debian's archive for one architecture, with the suites that have what is wanted. */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { MakeContext } from '../cache/part.js'
import { isFullDisk } from '../cache/full-disk.js'
import { runProgram } from '../host/run-program.js'
import { VmError } from '../vm-error.js'
import { APT_HELPER } from './apt-fetch.js'
import { PrivateApt } from './private-apt.js'
import { findDebianSource, type DebianSource } from './sources.js'

/** What runProgram needs to fetch and unpack packages. */
export const DEBIAN_PROGRAMS = [
  { name: 'apt-get', debianPackage: 'apt' },
  { name: APT_HELPER, debianPackage: 'apt' },
  { name: 'dpkg-deb', debianPackage: 'dpkg' },
]

/** The archive was read, and does not have it: what was there once is gone, what is to come is not there yet. */
export class MissingPackage extends VmError {
  constructor(message: string) {
    super('prepare', message)
  }
}

/** Where the machine's own apt gets Debian from, or `$GEMRIG_DEBIAN_URI`. VmError `prepare` when neither says. */
export async function debianSource(): Promise<DebianSource> {
  const own = process.env['GEMRIG_DEBIAN_URI']
  if (own !== undefined && own !== '') return { uri: own, suite: 'bookworm', options: [] }
  const source = await findDebianSource()
  if (source !== undefined) return source
  throw new VmError('prepare', "this machine's apt names no Debian archive to fetch a kernel from", {
    advice: 'set GEMRIG_DEBIAN_URI to the address of a Debian mirror that your apt keys can verify',
  })
}

/**
 * The first group of suites in which `find` finds something, and what it found. `directory` is apt's, and empty.
 * MissingPackage, or VmError `prepare` when no suite could be read, tells what was tried.
 */
export async function searchSuites<Found>(
  what: string,
  groups: readonly (readonly string[])[],
  directory: string,
  architecture: string,
  source: DebianSource,
  context: MakeContext,
  find: (apt: PrivateApt) => Promise<Found | undefined>,
): Promise<{ apt: PrivateApt; found: Found }> {
  const tried: string[] = []
  let isRead = false
  for (const suites of groups) {
    const names = suites.join(' and ')
    context.report(`package lists of ${names}`)
    try {
      const apt = await PrivateApt.open(directory, architecture, source, suites, context.signal)
      const found = await find(apt)
      if (found !== undefined) return { apt, found }
      tried.push(`${names}: no such package`)
      isRead = true
    } catch (error) {
      // Another suite would not fit either.
      if (!(error instanceof VmError) || error.kind !== 'prepare' || isFullDisk(error)) throw error
      tried.push(`${names}: ${error.message}`)
    }
    await rm(directory, { recursive: true, force: true })
  }
  const message = `no ${what} for ${architecture} in ${source.uri} (${tried.join('; ')})`
  throw isRead ? new MissingPackage(message) : new VmError('prepare', message)
}

/** Downloads a package and unpacks it below `into`. */
export async function unpackPackage(apt: PrivateApt, name: string, into: string, context: MakeContext) {
  const megabytes = ((await apt.sizeBytes(name)) / 1e6).toFixed(1)
  const text = `${name}, ${megabytes} MB`
  context.report(text)
  const file = await apt.download(name, context.downloads, (fraction) => context.report(text, fraction))
  await runProgram('dpkg-deb', ['-x', file, into], { signal: context.signal })
  await rm(dirname(file), { recursive: true })
}
