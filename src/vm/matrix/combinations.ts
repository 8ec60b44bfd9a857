/** Which boards run which kernels: the rows and columns of a matrix, and what of it cannot be. */
import { ARCHITECTURES } from '../architecture.js'
import { findVirtualBoard, VIRTUAL_BOARDS } from '../boards/index.js'
import { defaultCacheDirectory } from '../cache/cache-directory.js'
import { builtKernelNames } from '../kernel-build/built-kernels.js'
import { VmError } from '../vm-error.js'
import { isSeries } from '../parts/debian-kernel.js'
import { guestKernel } from '../parts/guest-kernel.js'

export interface Combination {
  readonly board: string
  readonly kernel: string
  /** Why it cannot be: the board's driver came with a later kernel. */
  readonly impossible?: string
}

/** `all`, or names with commas between. VmError `unknown-board`. */
export function boardNames(list: string): string[] {
  if (list === 'all') return VIRTUAL_BOARDS.map(({ name }) => name)
  return names(list).map((name) => findVirtualBoard(name).name)
}

/** Series, and names of build-kernel's, with commas between. VmError `wrong-use` for what is neither. */
export function kernelNames(list: string, cacheDirectory = defaultCacheDirectory()): string[] {
  return names(list).map((name) => {
    const built = new Set(ARCHITECTURES.flatMap((each) => builtKernelNames(cacheDirectory, each)))
    if (isSeries(name) || built.has(name)) return name
    const there =
      built.size === 0 ? '' : `, and none of the kernels that were built here: ${[...built].join(', ')}`
    throw new VmError('wrong-use', `'${name}' is no kernel series such as 6.12${there}`)
  })
}

/** Board by board, kernel by kernel. */
export function combinations(boards: readonly string[], kernels: readonly string[]): Combination[] {
  return boards.flatMap((board) =>
    kernels.map((kernel) => {
      const impossible = whyNot(board, kernel)
      return { board, kernel, ...(impossible !== undefined && { impossible }) }
    }),
  )
}

function whyNot(board: string, kernel: string): string | undefined {
  try {
    guestKernel(findVirtualBoard(board), defaultCacheDirectory(), kernel, undefined)
    return undefined
  } catch (error) {
    if (error instanceof VmError) return error.message
    throw error
  }
}

function names(list: string): string[] {
  const found = [...new Set(list.split(',').map((name) => name.trim()))].filter((name) => name !== '')
  if (found.length === 0) throw new VmError('wrong-use', `'${list}' names nothing`)
  return found
}
