/**
 * A module with the dma-buf heaps that Debian's kernels leave out: the kernel's own drivers/dma-buf/dma-heap.c and
 * heaps/system_heap.c, built against the headers of exactly the kernel that the guest boots.
 */
import { copyFile, cp, mkdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { GuestArchitecture } from '../architecture.js'
import { keyOf, type MakeContext, type Part } from '../cache/part.js'
import {
  DEBIAN_PROGRAMS,
  MissingPackage,
  debianSource,
  searchSuites,
  unpackPackage,
} from '../debian/archive.js'
import { runProgram } from '../host/run-program.js'
import { cachedRelease } from './cached-release.js'
import { suiteChoices } from './debian-kernel.js'
import { modulesOf } from './guest-kernel.js'

/** Changes when this file fills the folder differently. */
const RECIPE = 1
/** The kernel's source, for the most part. */
const FETCH_MEGABYTES = 160
const SOURCE = 'kernel/gemrig-dma-heap.c'
export const DMA_HEAP_MODULE = 'gemrig-dma-heap.ko'
/** Instead of the module, where Debian has the kernel's headers no more: so that not every start looks for them. */
export const NO_HEADERS = 'no-headers'
const WORK_FOLDERS = ['work', 'build']
const HEAP_SOURCES = ['drivers/dma-buf/dma-heap.c', 'drivers/dma-buf/heaps/system_heap.c']

/** A folder with DMA_HEAP_MODULE, or with NO_HEADERS. `modules` is the kernel's folder of modules: the key is final once that is there. */
export async function dmaHeapModule(
  root: string,
  architecture: GuestArchitecture,
  series: string,
  modules: string,
): Promise<Part> {
  const { triplet } = architecture
  const source = await readFile(join(root, SOURCE), 'utf8')
  const release = cachedRelease(modules) ?? `${series}-unknown`
  return {
    name: 'dma-heap',
    title: `dma-buf heaps for Linux ${series}, compiled for ${architecture.debian}`,
    key: `${release}-${keyOf(RECIPE, source)}`,
    fetchMegabytes: FETCH_MEGABYTES,
    programs: [
      ...DEBIAN_PROGRAMS,
      { name: 'make', debianPackage: 'make' },
      { name: 'tar', debianPackage: 'tar' },
      { name: 'xz', debianPackage: 'xz-utils' },
      { name: `${triplet}-gcc`, debianPackage: architecture.compilerPackage },
    ],
    make: async (directory, context) => {
      try {
        await make(directory, root, architecture, series, modules, context)
      } catch (error) {
        if (!(error instanceof MissingPackage)) throw error
        await writeFile(join(directory, NO_HEADERS), `${error.message}\n`)
      } finally {
        for (const folder of WORK_FOLDERS) await rm(join(directory, folder), { recursive: true, force: true })
      }
    },
  }
}

async function make(
  directory: string,
  root: string,
  arch: GuestArchitecture,
  series: string,
  modules: string,
  context: MakeContext,
): Promise<void> {
  const { signal } = context
  const release = basename(modulesOf(modules))
  const version = release.slice(0, -(arch.kernelFlavour.length + 1))
  const work = join(directory, 'work')
  await mkdir(work)
  const fetch = (architecture: string, names: readonly string[]) =>
    fetchPackages(join(directory, 'apt'), work, architecture, series, names, context)
  const common = `linux-headers-${version}-common`
  await fetch(arch.debian, [`linux-headers-${release}`, common])
  // The build's own tools run here, so they are of this machine's architecture.
  const host = (await runProgram('dpkg', ['--print-architecture'], { signal })).toString().trim()
  await fetch(host, [await kbuildPackage(join(work, 'usr/src', common)), `linux-source-${series}`])

  context.report('compiling')
  const build = join(directory, 'build')
  await mkdir(build)
  await copyFile(join(root, SOURCE), join(build, basename(SOURCE)))
  await writeFile(join(build, 'Makefile'), `obj-m := ${DMA_HEAP_MODULE.replace('.ko', '.o')}\n`)
  const sources = `linux-source-${series}`
  const members = HEAP_SOURCES.map((file) => `${sources}/${file}`)
  // Reading ends at the last of them: that spares nine tenths of unpacking the kernel's source.
  const unpack = ['-xJf', join(work, 'usr/src', `${sources}.tar.xz`), '--occurrence=1', ...members]
  await runProgram('tar', unpack, { cwd: work, signal })
  for (const member of members) await cp(join(work, member), join(build, basename(member)))

  const headers = join(work, 'usr/src', `linux-headers-${release}`)
  const makefile = join(headers, 'Makefile')
  await writeFile(
    makefile,
    (await readFile(makefile, 'utf8')).replace('/usr/src/', `${join(work, 'usr/src')}/`),
  )
  // Without type information for BPF: it would need pahole and the whole vmlinux.
  const variables = [`M=${build}`, `CROSS_COMPILE=${arch.triplet}-`, 'CONFIG_DEBUG_INFO_BTF_MODULES=']
  await runProgram('make', ['-C', headers, ...variables, 'modules'], { signal })
  await rename(join(build, DMA_HEAP_MODULE), join(directory, DMA_HEAP_MODULE))
}

/** `linux-kbuild-6.1`, `linux-kbuild-6.12.95+deb12`: the headers' link to their scripts goes into its folder. */
async function kbuildPackage(commonHeaders: string): Promise<string> {
  return basename(dirname(await readlink(join(commonHeaders, 'scripts'))))
}

export async function fetchPackages(
  aptDirectory: string,
  into: string,
  architecture: string,
  series: string,
  names: readonly string[],
  context: MakeContext,
): Promise<void> {
  const source = await debianSource()
  const wanted = names.map((name) => name.replaceAll(/[.+]/g, '\\$&'))
  const { apt } = await searchSuites(
    names.join(' and '),
    suiteChoices(source.suite, series),
    aptDirectory,
    architecture,
    source,
    context,
    async (candidate) => {
      const found = await candidate.names(`^(${wanted.join('|')})$`)
      return names.every((name) => found.includes(name)) ? true : undefined
    },
  )
  for (const name of names) await unpackPackage(apt, name, into, context)
  await rm(aptDirectory, { recursive: true })
}
