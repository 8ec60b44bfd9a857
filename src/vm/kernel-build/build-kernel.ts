/** Builds a small kernel with all that virtual boards need built in, and gives it a name for --kernel. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { timerMs } from '../../duration.js'
import { makeDirectory } from '../../files/make-directory.js'
import type { GuestArchitecture } from '../architecture.js'
import { PACKAGE_ROOT, checkCache, defaultCacheDirectory } from '../cache/cache-directory.js'
import { lockCache } from '../cache/cache-lock.js'
import { isMade, keyOf, makePart, partDirectory } from '../cache/part.js'
import { requirePrograms, type HostProgram } from '../host/programs.js'
import { runProgram } from '../host/run-program.js'
import { isSeries } from '../parts/debian-kernel.js'
import { VmError } from '../vm-error.js'
import { OWN_KERNEL_PART, checkKernelName, nameKernel } from './built-kernels.js'
import { configText, droppedSymbols, mergeFragments, readFragments, type Extra } from './fragments.js'
import { debianSourcePart, debianTree, ownTree, treeVersion } from './kernel-source.js'
import { readSeries, type Patch } from './patch-series.js'
import { sourceToBuild } from './patched-source.js'
import { runMake } from './run-make.js'

export interface BuildKernelOptions {
  /** `debug`; --kernel takes it. */
  readonly name: string
  /** Of the boards that it is for. */
  readonly architecture: GuestArchitecture
  /** Debian's series to build: `6.12`. Not with source. */
  readonly series: string
  /** The top folder of a kernel source; nothing is written there. */
  readonly source?: string
  /** Files and folders of patches, in the order to apply them. */
  readonly patches: readonly string[]
  /** Files that are applied after gemrig's own fragments. */
  readonly fragments: readonly string[]
  readonly extras: readonly Extra[]
  readonly jobs?: number
  readonly deadlineMs: number
  readonly signal?: AbortSignal
  readonly cacheDirectory?: string
  readonly packageRoot?: string
  readonly onProgress: (text: string, fraction?: number) => void
}

export interface BuiltKernel {
  readonly name: string
  readonly version: string
  /** Path of the file that QEMU boots. */
  readonly image: string
  /** Symbols of the fragments that this kernel does not have like that. */
  readonly dropped: readonly string[]
  /** It had been built before, of exactly the same. */
  readonly cached: boolean
}

/**
 * In the cache; a folder for each configuration of a source. A build that was interrupted goes on in there, and one with
 * other patches compiles only what those change.
 */
const BUILDS = 'kernel-builds'
const CONFIG_FILE = 'config'
/** Steps of make, before a build of this kind has been counted. */
const USUAL_STEPS = 1430

const programsFor = ({ triplet, compilerPackage }: GuestArchitecture): HostProgram[] => [
  { name: 'make', debianPackage: 'make' },
  { name: 'gcc', debianPackage: 'gcc' },
  { name: '/usr/include/stdio.h', debianPackage: 'libc6-dev' },
  { name: `${triplet}-gcc`, debianPackage: compilerPackage },
  { name: 'flex', debianPackage: 'flex' },
  { name: 'bison', debianPackage: 'bison' },
  { name: 'm4', debianPackage: 'm4' },
  { name: 'bc', debianPackage: 'bc' },
  { name: 'perl', debianPackage: 'perl-base' },
  { name: 'flock', debianPackage: 'util-linux' },
]

/**
 * VmError: `wrong-use` for a tree, fragment or patch that cannot be used; `missing-host-part` with all programs that are
 * missing; `prepare` when it does not compile or the deadline is over; `interrupted`.
 */
export async function buildKernel(options: BuildKernelOptions): Promise<BuiltKernel> {
  checkKernelName(options.name)
  if (!isSeries(options.series))
    throw new VmError('wrong-use', `'${options.series}' is no kernel series such as 6.12`)
  const patches = readSeries(options.patches)
  const root = options.packageRoot ?? PACKAGE_ROOT
  const wanted = mergeFragments(
    await readFragments(root, options.architecture, options.extras, options.fragments),
  )
  const own = options.source === undefined ? undefined : ownTree(options.source, options.architecture)
  const part = debianSourcePart(options.series)
  const patch = { name: 'patch', debianPackage: 'patch' }
  requirePrograms([
    ...programsFor(options.architecture),
    ...(patches.length > 0 ? [patch] : []),
    ...(own === undefined ? part.programs : []),
  ])

  const deadline = AbortSignal.timeout(timerMs(options.deadlineMs))
  const signal = AbortSignal.any([deadline, ...(options.signal === undefined ? [] : [options.signal])])
  try {
    const cacheDirectory = options.cacheDirectory ?? defaultCacheDirectory(root)
    checkCache(cacheDirectory)
    const tree = own ?? (await debianSource(options, cacheDirectory, signal))
    return await buildTree({
      ...options,
      cacheDirectory,
      tree,
      own: own !== undefined,
      wanted,
      patches,
      signal,
    })
  } catch (error) {
    if (options.signal?.aborted === true)
      throw new VmError('interrupted', 'interrupted: the same command goes on where it was')
    if (deadline.aborted)
      throw new VmError('prepare', `the kernel was not built in ${options.deadlineMs / 60_000} minutes`, {
        advice: 'the same command goes on where it was; --timeout gives it more time',
      })
    throw error
  }
}

async function debianSource(
  { series, onProgress }: BuildKernelOptions,
  cacheDirectory: string,
  signal: AbortSignal,
): Promise<string> {
  const part = debianSourcePart(series)
  if (!isMade(cacheDirectory, part)) {
    const lock = await lockCache(
      cacheDirectory,
      () => onProgress('another gemrig is preparing parts'),
      signal,
    )
    try {
      const report = (text: string, fraction?: number) => onProgress(`${part.title}: ${text}`, fraction)
      if (!isMade(cacheDirectory, part)) await makePart(cacheDirectory, part, { signal, report })
    } finally {
      await lock.release()
    }
  }
  return debianTree(partDirectory(cacheDirectory, part))
}

interface Build extends Omit<BuildKernelOptions, 'patches'> {
  readonly cacheDirectory: string
  readonly tree: string
  /** The tree is the user's, and may be another one next time. */
  readonly own: boolean
  readonly wanted: ReadonlyMap<string, string>
  readonly patches: readonly Patch[]
  readonly signal: AbortSignal
}

async function buildTree(build: Build): Promise<BuiltKernel> {
  const { cacheDirectory, tree, own, wanted, patches, signal, name, architecture } = build
  const version = await treeVersion(tree)
  const compiler = await runProgram(`${architecture.triplet}-gcc`, ['-dumpfullversion'], { signal })
  const texts = patches.map(({ text }) => text)
  const base = [architecture.linux, version, own ? tree : '', [...wanted], compiler.toString().trim()]
  let made = partDirectory(cacheDirectory, { name: 'kernel', key: keyOf(...base, texts) })
  const cached = !own && existsSync(made)
  if (!cached) {
    // A tree of the user's own may be another one next time: what is patched is a fresh copy.
    const isFresh = own && patches.length > 0
    const work = join(cacheDirectory, BUILDS, isFresh ? keyOf(...base, texts) : keyOf(...base))
    makeDirectory(work)
    const lock = await lockCache(work, () => build.onProgress('another gemrig builds this kernel'), signal)
    try {
      if (own || !existsSync(made)) {
        const fresh = await compile(build, work)
        if (own) made = await ownKernelDirectory(build, fresh)
        await keepKernel(fresh, made)
      }
    } finally {
      await lock.release()
      // One that was interrupted goes on in there.
      if (isFresh && !signal.aborted) await rm(work, { recursive: true, force: true })
    }
  }
  await nameKernel(cacheDirectory, architecture, name, made)
  const config = await readFile(join(made, CONFIG_FILE), 'utf8')
  return {
    name,
    version,
    image: join(made, architecture.kernelImage),
    dropped: droppedSymbols(wanted, config),
    cached,
  }
}

/** The folder in `work` that has the image and its configuration. */
async function compile(build: Build, work: string): Promise<string> {
  const { onProgress, signal, architecture } = build
  const { linux, triplet, kernelImage } = architecture
  const source = await sourceToBuild(build, work)
  const out = join(work, 'out')
  const allConfig = join(work, 'all.config')
  await mkdir(out, { recursive: true })
  await writeFile(allConfig, configText(build.wanted))
  const common = ['-C', source, `O=${out}`, `ARCH=${linux}`, `CROSS_COMPILE=${triplet}-`]
  onProgress('configuring')
  await runMake({ args: [...common, `KCONFIG_ALLCONFIG=${allConfig}`, 'allnoconfig'], signal })

  const countFile = join(build.cacheDirectory, BUILDS, `steps-${linux}`)
  const expected = Number(await readFile(countFile, 'utf8').catch(() => USUAL_STEPS))
  const before = Number(await readFile(join(work, 'steps'), 'utf8').catch(() => 0))
  let done = before
  const onStep = (steps: number, line: string) => {
    done = before + steps
    onProgress(`compiling: ${line}`, Math.min(done / expected, 0.99))
  }
  try {
    await runMake({
      args: [...common, `-j${build.jobs ?? availableParallelism()}`, kernelImage],
      signal,
      onStep,
    })
  } finally {
    await writeFile(join(work, 'steps'), String(done))
  }
  if (before === 0) await writeFile(countFile, String(done))
  const fresh = join(work, 'made')
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh)
  await copyFile(join(out, 'arch', linux, 'boot', kernelImage), join(fresh, kernelImage))
  await copyFile(join(out, '.config'), join(fresh, CONFIG_FILE))
  return fresh
}

/**
 * Named after what came out of it: the user's tree is another one tomorrow, and a name that was given to the kernel of
 * today stays that kernel's.
 */
async function ownKernelDirectory({ cacheDirectory, architecture }: Build, fresh: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of [architecture.kernelImage, CONFIG_FILE]) hash.update(await readFile(join(fresh, file)))
  return partDirectory(cacheDirectory, { name: OWN_KERNEL_PART, key: hash.digest('hex').slice(0, 12) })
}

/** What is there already is the same. */
async function keepKernel(fresh: string, made: string): Promise<void> {
  if (existsSync(made)) return
  await mkdir(dirname(made), { recursive: true })
  await rename(fresh, made)
}
