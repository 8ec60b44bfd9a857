/** The parts that Debian brings: a kernel with its modules, busybox for the guest's init, libdrm to link the addon with. */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestArchitecture } from '../architecture.js'
import type { MakeContext, Part } from '../cache/part.js'
import { kernelPackagePattern, newestKernelPackage } from '../debian/kernel-package.js'
import { PrivateApt } from '../debian/private-apt.js'
import { findDebianSource, type DebianSource } from '../debian/sources.js'
import { runProgram } from '../host/run-program.js'
import { VmError } from '../vm-error.js'

/** Changes when this file fills the folder differently. */
const RECIPE = 1
const PROGRAMS = [
  { name: 'apt-get', debianPackage: 'apt' },
  { name: 'dpkg-deb', debianPackage: 'dpkg' },
  { name: 'depmod', debianPackage: 'kmod' },
]

/**
 * A folder with `linux/vmlinuz`, `linux/lib/modules/<release>` (with modules.dep), `busybox/`, `libdrm/` and
 * `release`, the kernel's version.
 */
export function debianPackages(architecture: GuestArchitecture, kernelSeries: string): Part {
  return {
    name: 'debian',
    title: `Linux ${kernelSeries}, busybox and libdrm for ${architecture.debian}, from Debian`,
    key: `${kernelSeries}-${architecture.debian}-${RECIPE}`,
    programs: PROGRAMS,
    make: (directory, context) => make(directory, architecture, kernelSeries, context),
  }
}

async function make(
  directory: string,
  arch: GuestArchitecture,
  series: string,
  context: MakeContext,
): Promise<void> {
  const aptDirectory = join(directory, 'apt')
  const { apt, kernel } = await openApt(aptDirectory, arch, series, context)
  const release = kernel.slice('linux-image-'.length)
  const packages = [
    [kernel, 'linux'],
    [`busybox-static`, 'busybox'],
    [`libdrm-dev`, 'libdrm'],
  ] as const
  for (const [name, folder] of packages) {
    const megabytes = ((await apt.sizeBytes(name)) / 1e6).toFixed(1)
    const text = `${name}, ${megabytes} MB`
    context.report(text)
    const file = await apt.download(name, (fraction) => context.report(text, fraction))
    await runProgram('dpkg-deb', ['-x', file, join(directory, folder)], { signal: context.signal })
    await rm(file)
  }
  const linux = join(directory, 'linux')
  // Debian 12 has /lib, later ones may have it in /usr: depmod and we look in /lib.
  await rename(join(linux, 'usr/lib/modules'), join(await made(join(linux, 'lib')), 'modules')).catch(
    () => undefined,
  )
  await runProgram('depmod', ['-b', linux, release], { signal: context.signal })
  await rename(join(linux, 'boot', `vmlinuz-${release}`), join(linux, 'vmlinuz'))
  await writeFile(join(directory, 'release'), `${release}\n`)
  await rm(aptDirectory, { recursive: true })
}

/** Suites that may have the kernel. A backport fits the machine's own compiler, so it is asked first. */
function suiteChoices(suite: string): string[][] {
  return [[suite, `${suite}-backports`], [suite], [suite, 'trixie']]
}

async function openApt(directory: string, arch: GuestArchitecture, series: string, context: MakeContext) {
  const source = await debianSource()
  const tried: string[] = []
  for (const suites of suiteChoices(source.suite)) {
    context.report(`package lists of ${suites.join(' and ')}`)
    try {
      const apt = await PrivateApt.open(directory, arch.debian, source, suites, context.signal)
      const names = await apt.names(kernelPackagePattern(series, arch.debian))
      const kernel = newestKernelPackage(names, series, arch.debian)
      if (kernel !== undefined) return { apt, kernel }
      tried.push(`${suites.join(' and ')}: no such package`)
    } catch (error) {
      if (!(error instanceof VmError) || error.kind !== 'prepare') throw error
      tried.push(`${suites.join(' and ')}: ${error.message}`)
    }
    await rm(directory, { recursive: true, force: true })
  }
  throw new VmError('prepare', `no Linux ${series} for ${arch.debian} in ${source.uri} (${tried.join('; ')})`)
}

async function debianSource(): Promise<DebianSource> {
  const own = process.env['GEMRIG_DEBIAN_URI']
  if (own !== undefined && own !== '') return { uri: own, suite: 'bookworm', options: [] }
  const source = await findDebianSource()
  if (source !== undefined) return source
  throw new VmError('prepare', "this machine's apt names no Debian archive to fetch a kernel from", {
    advice: 'set GEMRIG_DEBIAN_URI to the address of a Debian mirror that your apt keys can verify',
  })
}

async function made(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  return directory
}

/** The kernel version in a made part. */
export async function kernelRelease(directory: string): Promise<string> {
  const releases = await readdir(join(directory, 'linux/lib/modules'))
  const release = releases[0]
  if (release === undefined) throw new VmError('prepare', `no kernel modules in ${directory}`)
  return release
}
