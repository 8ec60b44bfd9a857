/** Kernels that `gemrig vm build-kernel` made, by the names that --kernel knows them by. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { VmError } from '../vm-error.js'

/** What `-kernel` of QEMU takes, in the folder of a built kernel. */
export const IMAGE_FILE = 'Image'
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

/** Path of the image of a built kernel; undefined when there is none of that name. */
export function builtKernel(cacheDirectory: string, name: string): string | undefined {
  const image = join(cacheDirectory, KERNELS, name, IMAGE_FILE)
  return NAME.test(name) && existsSync(image) ? image : undefined
}

export function builtKernelNames(cacheDirectory: string): string[] {
  try {
    return readdirSync(join(cacheDirectory, KERNELS)).filter((name) => builtKernel(cacheDirectory, name))
  } catch {
    return [] // none was ever built
  }
}

/** From now on `name` is the kernel in `directory`. */
export async function nameKernel(cacheDirectory: string, name: string, directory: string): Promise<void> {
  const kernels = join(cacheDirectory, KERNELS)
  await mkdir(kernels, { recursive: true })
  const fresh = join(kernels, `.${name}.${process.pid}`)
  await rm(fresh, { force: true })
  await symlink(relative(kernels, directory), fresh)
  await rename(fresh, join(kernels, name))
}
