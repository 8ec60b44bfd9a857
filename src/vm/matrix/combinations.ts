/** Which boards run which kernels: the rows and columns of a matrix, and what of it cannot be. */
import { statSync } from 'node:fs'
import { ARCHITECTURES } from '../architecture.js'
import { findVirtualBoard, VIRTUAL_BOARDS } from '../boards/index.js'
import { defaultCacheDirectory } from '../cache/cache-directory.js'
import { machineSize } from '../machine/machine-size.js'
import { builtKernelNames } from '../kernel-build/built-kernels.js'
import { VmError } from '../vm-error.js'
import { isSeries } from '../parts/debian-kernel.js'
import { guestKernel } from '../parts/guest-kernel.js'

export interface Combination {
  readonly board: string
  readonly kernel: string
  /** Why it cannot be: the board's driver came with a later kernel, or it has no place for so much memory. */
  readonly impossible?: string
}

/** `all`, or names with commas between. VmError `unknown-board`. */
export function boardNames(list: string): string[] {
  if (list === 'all') return VIRTUAL_BOARDS.map(({ name }) => name)
  return names(list).map((name) => findVirtualBoard(name).name)
}

/** Series, names of build-kernel's, and paths of kernel files, with commas between. VmError `wrong-use` for what is neither. */
export function kernelNames(list: string, cacheDirectory = defaultCacheDirectory()): string[] {
  return names(list).map((name) => {
    const built = new Set(ARCHITECTURES.flatMap((each) => builtKernelNames(cacheDirectory, each)))
    if (isSeries(name) || built.has(name) || isFile(name)) return name
    const there =
      built.size === 0 ? '' : `, and none of the kernels that were built here: ${[...built].join(', ')}`
    throw new VmError(
      'wrong-use',
      `'${name}' is neither a kernel series such as 6.12 nor a kernel file${there}`,
    )
  })
}

/** Board by board, kernel by kernel. Each machine's own memory and processors unless told. */
export function combinations(
  boards: readonly string[],
  kernels: readonly string[],
  memoryMiB?: number,
  cpus?: number,
): Combination[] {
  return boards.flatMap((board) =>
    kernels.map((kernel) => {
      const impossible = whyNot(board, kernel, memoryMiB, cpus)
      return { board, kernel, ...(impossible !== undefined && { impossible }) }
    }),
  )
}

function whyNot(
  name: string,
  kernel: string,
  memoryMiB: number | undefined,
  cpus: number | undefined,
): string | undefined {
  const board = findVirtualBoard(name)
  try {
    guestKernel(board, defaultCacheDirectory(), kernel, undefined)
    machineSize(board, memoryMiB, cpus)
    return undefined
  } catch (error) {
    if (error instanceof VmError) return error.message
    throw error
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function names(list: string): string[] {
  const found = [...new Set(list.split(',').map((name) => name.trim()))].filter((name) => name !== '')
  if (found.length === 0) throw new VmError('wrong-use', `'${list}' names nothing`)
  return found
}
