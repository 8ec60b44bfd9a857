/** Looks for a newer build of a kernel of Debian's that is in the cache. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestArchitecture } from './architecture.js'
import { MissingPackage } from './debian/archive.js'
import { cachedRelease } from './parts/cached-release.js'
import { newestRelease } from './parts/debian-kernel.js'
import type { GuestKernel } from './parts/guest-kernel.js'
import { VmError } from './vm-error.js'

/**
 * The release that is newer than the cached one; undefined when there is none, which `report` is told, and when none is
 * cached. VmError `wrong-use` for a kernel that is not Debian's.
 */
export async function newerRelease(
  kernel: GuestKernel,
  architecture: GuestArchitecture,
  cacheDirectory: string,
  signal: AbortSignal | undefined,
  report: (text: string) => void,
): Promise<string | undefined> {
  if (kernel.series === undefined || kernel.modules === undefined)
    throw new VmError('wrong-use', `only a kernel of Debian's can be updated, and ${kernel.title} is none`)
  const cached = cachedRelease(kernel.modules)
  if (cached === undefined) return undefined
  const downloads = join(cacheDirectory, 'downloads')
  await mkdir(downloads, { recursive: true })
  const directory = await mkdtemp(join(downloads, 'lists-'))
  try {
    const context = { signal, downloads, report }
    const newest = await newestRelease(join(directory, 'apt'), architecture, kernel.series, context)
    if (newest.localeCompare(cached, 'en', { numeric: true }) > 0) return newest
    report(`${cached} is Debian's newest build`)
  } catch (error) {
    if (!(error instanceof MissingPackage)) throw error
    report(`Debian has no build any more: ${cached} stays`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return undefined
}
