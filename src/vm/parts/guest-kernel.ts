/** The kernel that a guest boots: Debian's newest build of a series, or a file of the user's own. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { ARCHITECTURES } from '../architecture.js'
import type { VirtualBoard } from '../boards/virtual-board.js'
import { keyOf, partDirectory, type Part } from '../cache/part.js'
import { moduleStamps } from '../guest/kernel-modules.js'
import { VmError } from '../vm-error.js'
import { builtKernel, builtKernelNames } from '../kernel-build/built-kernels.js'
import { debianKernel, isSeries } from './debian-kernel.js'
import { checkKernelImage } from './kernel-image.js'

export interface GuestKernel {
  /** For people: `Linux 6.12`, or the file's path. */
  readonly title: string
  /** What brings it; undefined for a file that is there already. */
  readonly part: Part | undefined
  /** What `-kernel` of QEMU takes: a vmlinuz or an Image. */
  readonly image: string
  /** A folder with modules.dep, or one with a folder `<release>` that has it; undefined: everything is built in. */
  readonly modules: string | undefined
  /** The series, for a kernel of Debian's. */
  readonly series: string | undefined
  /** Changes when other modules are to be loaded. */
  readonly key: string
}

/**
 * `kernel` is a series such as `6.12`, the name of a kernel that was built here, or a path; the board's own series when undefined. VmError `wrong-use` when it is
 * neither, when the board cannot run on it, and for modules that do not belong to a path.
 */
export function guestKernel(
  board: VirtualBoard,
  cacheDirectory: string,
  kernel: string | undefined,
  modulesDirectory: string | undefined,
): GuestKernel {
  const wanted = kernel ?? board.kernelSeries
  if (!isSeries(wanted)) {
    const { architecture } = board
    const built = builtKernel(cacheDirectory, architecture, wanted)
    const other = ARCHITECTURES.find((each) => builtKernel(cacheDirectory, each, wanted) !== undefined)
    if (built === undefined && other !== undefined)
      throw new VmError(
        'wrong-use',
        `the kernel '${wanted}' is for ${other.debian}, and ${board.name} is ${architecture.debian}`,
        { advice: `gemrig vm build-kernel --board ${board.name} --name ${wanted}` },
      )
    return ownKernel(board, built ?? wanted, modulesDirectory, builtKernelNames(cacheDirectory, architecture))
  }
  if (modulesDirectory !== undefined)
    throw new VmError('wrong-use', 'a folder of modules goes with a kernel file, not with one of Debian')
  if (isOlder(wanted, board.oldestKernel))
    throw new VmError(
      'wrong-use',
      `${board.name} needs Linux ${board.oldestKernel} or later: ${wanted} has no driver for its GPU`,
    )
  const part = debianKernel(board.architecture, wanted)
  const directory = partDirectory(cacheDirectory, part)
  return {
    title: `Linux ${wanted}`,
    part,
    image: join(directory, 'linux/vmlinuz'),
    modules: join(directory, 'linux/lib/modules'),
    series: wanted,
    key: part.key,
  }
}

function ownKernel(
  board: VirtualBoard,
  path: string,
  modulesDirectory: string | undefined,
  builtNames: readonly string[],
): GuestKernel {
  const image = resolve(path)
  if (!existsSync(image) || !statSync(image).isFile())
    throw new VmError('wrong-use', `'${path}' is neither a kernel version such as 6.12 nor a kernel file`, {
      advice:
        builtNames.length === 0
          ? 'gemrig vm build-kernel builds one and gives it a name'
          : `kernels that were built here: ${builtNames.join(', ')}`,
    })
  checkKernelImage(image, board.architecture)
  if (modulesDirectory === undefined)
    return { title: image, part: undefined, image, modules: undefined, series: undefined, key: 'built-in' }
  const given = resolve(modulesDirectory)
  const installed = join(given, 'lib/modules') // what `make modules_install INSTALL_MOD_PATH=` leaves
  const modules = existsSync(installed) ? installed : given
  if (!existsSync(modules) || !statSync(modules).isDirectory())
    throw new VmError('wrong-use', `there is no folder of modules ${modulesDirectory}`)
  return {
    title: image,
    part: undefined,
    image,
    modules,
    series: undefined,
    key: keyOf(modules, releasesOf(modules).map(moduleStamps)),
  }
}

function isOlder(series: string, than: string): boolean {
  return series.localeCompare(than, 'en', { numeric: true }) < 0
}

/** The folder with modules.dep. VmError `prepare` when there is none, or more than one release. */
export function modulesOf(modules: string): string {
  const [release, ...others] = releasesOf(modules)
  if (release !== undefined && others.length === 0) return release
  const found =
    release === undefined
      ? 'no modules.dep: run depmod'
      : `several releases: ${[release, ...others].map((folder) => basename(folder)).join(', ')}`
  throw new VmError('prepare', `${modules} has ${found}`)
}

/** `modules` itself, or the folders in it, that have a modules.dep. */
function releasesOf(modules: string): string[] {
  const isRelease = (folder: string) => existsSync(join(folder, 'modules.dep'))
  if (isRelease(modules)) return [modules]
  return readdirSync(modules)
    .map((name) => join(modules, name))
    .filter(isRelease)
}
