/** How to attach a debugger to a guest that waits for one: QEMU's gdbstub. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { quoteForShell } from '../../quote-for-shell.js'
import type { PreparedBoard } from '../prepared-board.js'

/** Two lines: the command to type, and where a vmlinux with debug information is or comes from. */
export function debuggerAdvice({ board, kernel, kernelTitle }: PreparedBoard, port: number): string {
  const built = join(dirname(kernel), 'vmlinux')
  // A kernel's own build folder has the image in arch/<arch>/boot, four levels below vmlinux.
  const found = [built, join(dirname(kernel), '../../../vmlinux')].find((file) => existsSync(file))
  const { debian } = board.architecture
  const advice =
    found === undefined
      ? `for symbols: vmlinux of your build, or the package linux-image-...-dbg for ${debian} of ${kernelTitle}`
      : `symbols are in ${found}`
  const command = [
    'gdb-multiarch',
    '-ex',
    `target remote 127.0.0.1:${port}`,
    ...(found === undefined ? [] : [found]),
  ]
  return `QEMU waits for: ${command.map(quoteForShell).join(' ')}\n  ${advice}`
}
