/** A kernel of Debian's with its modules: the newest build of a version series. */
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestArchitecture } from '../architecture.js'
import type { MakeContext, Part } from '../cache/part.js'
import { DEBIAN_PROGRAMS, debianSource, searchSuites, unpackPackage } from '../debian/archive.js'
import { kernelPackagePattern, kernelPackages, newestKernelPackage } from '../debian/kernel-package.js'
import { runProgram } from '../host/run-program.js'

/** Changes when this file fills the folder differently. */
const RECIPE = 1
/** The packages of 7.2 are the largest, with 109; package lists come on top. */
const FETCH_MEGABYTES = 110

/** Whether it is a version series as Debian has kernels of: `6.12`. */
export function isSeries(text: string): boolean {
  return /^\d+\.\d+$/.test(text)
}

/** A folder with `linux/vmlinuz` and `linux/lib/modules/<release>`, which has modules.dep. */
export function debianKernel(architecture: GuestArchitecture, series: string): Part {
  return {
    name: 'linux',
    title: `Linux ${series} for ${architecture.debian}, from Debian`,
    key: `${series}-${architecture.kernelFlavour}-${RECIPE}`,
    fetchMegabytes: FETCH_MEGABYTES,
    programs: [...DEBIAN_PROGRAMS, { name: 'depmod', debianPackage: 'kmod' }],
    make: (directory, context) => make(directory, architecture, series, context),
  }
}

async function make(
  directory: string,
  arch: GuestArchitecture,
  series: string,
  context: MakeContext,
): Promise<void> {
  const aptDirectory = join(directory, 'apt')
  const { apt, found } = await findKernel(aptDirectory, arch, series, context)
  const release = releaseOf(found.image)
  const linux = join(directory, 'linux')
  for (const name of found.packages) await unpackPackage(apt, name, linux, context)
  await toOldPlaces(linux, release)
  await runProgram('depmod', ['-b', linux, release], { signal: context.signal })
  await rm(aptDirectory, { recursive: true })
  // Device trees of real boards, System.map and documents: 100 MB that nobody reads.
  await rm(join(linux, 'usr'), { recursive: true, force: true })
  await rm(join(linux, 'lib/modules', release, 'dtb'), { recursive: true, force: true })
}

/** As cachedRelease(), of the archive's newest build. `aptDirectory` is apt's, and empty. Throws as searchSuites(). */
export async function newestRelease(
  aptDirectory: string,
  architecture: GuestArchitecture,
  series: string,
  context: MakeContext,
): Promise<string> {
  const { found } = await findKernel(aptDirectory, architecture, series, context)
  return releaseOf(found.image)
}

async function findKernel(
  aptDirectory: string,
  arch: GuestArchitecture,
  series: string,
  context: MakeContext,
) {
  const source = await debianSource()
  return searchSuites(
    `Linux ${series}`,
    suiteChoices(source.suite, series),
    aptDirectory,
    arch.debian,
    source,
    context,
    async (candidate) => {
      const names = await candidate.names(kernelPackagePattern(series, arch.kernelFlavour))
      const image = newestKernelPackage(names, series, arch.kernelFlavour)
      return image === undefined ? undefined : { image, packages: kernelPackages(image, names) }
    },
  )
}

function releaseOf(image: string): string {
  return image.slice('linux-image-'.length)
}

/** Debian 12 has /lib/modules and /boot; later ones have /usr/lib/modules, and the kernel in there too. */
async function toOldPlaces(linux: string, release: string): Promise<void> {
  const modules = join(linux, 'lib/modules')
  await mkdir(join(linux, 'lib'), { recursive: true })
  await rename(join(linux, 'usr/lib/modules'), modules).catch(() => undefined)
  const kernel = join(linux, 'vmlinuz')
  await rename(join(linux, 'boot', `vmlinuz-${release}`), kernel).catch(() =>
    rename(join(modules, release, 'vmlinuz'), kernel),
  )
}

/**
 * Groups of suites that may have the kernel, the likely ones first. A backport to the machine's own suite comes before
 * the suite that it is from.
 */
export function suiteChoices(suite: string, series: string): string[][] {
  const major = Number.parseInt(series, 10)
  const choices = [
    [suite, `${suite}-backports`],
    ...(major >= 7 ? [['sid']] : []),
    ...[suite, 'bookworm', 'trixie', 'trixie-backports', 'sid'].map((name) => [name]),
  ]
  const seen = new Set<string>()
  return choices.filter((choice) => !seen.has(choice.join()) && seen.add(choice.join()))
}
