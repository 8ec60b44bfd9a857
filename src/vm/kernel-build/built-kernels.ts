/** Kernels that `gemrig vm build-kernel` made, by the names that --kernel knows them by. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { ARM64, type GuestArchitecture } from '../architecture.js'
import { VmError } from '../vm-error.js'

/** Begins the folder names of kernels that were built from trees of the user's own. */
export const OWN_KERNEL_PART = 'own-kernel'
/** The folder of names, in the cache. */
const KERNELS = 'kernels'
const NAME = /^[a-z][\w.-]*$/i

/** VmError `wrong-use` for a name that could be taken for a path or a version. */
export function checkKernelName(name: string): void {
  if (!NAME.test(name))
    throw new VmError(
      'wrong-use',
      `'${name}' cannot name a kernel: letters, digits, '-', '_', '.', a letter first`,
    )
}

/** Path of the image of a built kernel; undefined when there is none of that name for the architecture. */
export function builtKernel(
  cacheDirectory: string,
  architecture: GuestArchitecture,
  name: string,
): string | undefined {
  const image = join(namesFolder(cacheDirectory, architecture), name, architecture.kernelImage)
  return NAME.test(name) && existsSync(image) ? image : undefined
}

export function builtKernelNames(cacheDirectory: string, architecture: GuestArchitecture): string[] {
  try {
    const names = readdirSync(namesFolder(cacheDirectory, architecture))
    return names.filter((name) => builtKernel(cacheDirectory, architecture, name))
  } catch {
    return [] // none was ever built
  }
}

/**
 * From now on `name` is the kernel in `directory`, for boards of the architecture. The kernel that it was before is removed
 * when it is of a tree of the user's own and has no other name: nothing would ever find it again.
 */
export async function nameKernel(
  cacheDirectory: string,
  architecture: GuestArchitecture,
  name: string,
  directory: string,
): Promise<void> {
  const kernels = namesFolder(cacheDirectory, architecture)
  await mkdir(kernels, { recursive: true })
  const before = await targetOf(kernels, name)
  const fresh = join(kernels, `.${name}.${process.pid}`)
  await rm(fresh, { force: true })
  await symlink(relative(kernels, directory), fresh)
  await rename(fresh, join(kernels, name))
  if (before === undefined || !basename(before).startsWith(`${OWN_KERNEL_PART}-`)) return
  const named = await Promise.all((await readdir(kernels)).map((other) => targetOf(kernels, other)))
  if (!named.includes(before)) await rm(before, { recursive: true, force: true })
}

/** One for each architecture: a name may stand for a kernel of each. */
function namesFolder(cacheDirectory: string, architecture: GuestArchitecture): string {
  return join(cacheDirectory, architecture === ARM64 ? KERNELS : `${KERNELS}-${architecture.linux}`)
}

async function targetOf(kernels: string, name: string): Promise<string | undefined> {
  const target = await readlink(join(kernels, name)).catch(() => undefined)
  return target === undefined ? undefined : resolve(kernels, target)
}
