/** Which boards run which kernels: the rows and columns of a matrix, and what of it cannot be. */
import { findVirtualBoard, VIRTUAL_BOARDS } from '../boards/index.js'
import { VmError } from '../vm-error.js'
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

/** Series with commas between. VmError `wrong-use` for what is none. */
export function kernelSeries(list: string): string[] {
  return names(list).map((series) => {
    if (/^\d+\.\d+$/.test(series)) return series
    throw new VmError('wrong-use', `'${series}' is no kernel series such as 6.12`)
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
    guestKernel(findVirtualBoard(board), '', kernel, undefined)
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
