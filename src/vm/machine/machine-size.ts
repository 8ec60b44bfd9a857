/** How big the guest is, and the part of QEMU's command line that both the device tree and the run depend on. */
import type { VirtualBoard } from '../boards/virtual-board.js'
import { VmError } from '../vm-error.js'
import { optionValue } from './option-value.js'

export interface MachineSize {
  readonly memoryMiB: number
  readonly cpus: number
}

/** GICv2 has room for no more. */
const MAXIMUM_CPUS = 8

/** The board's own size where nothing else is asked. VmError `wrong-use` when it is out of range. */
export function machineSize(
  board: VirtualBoard,
  memoryMiB = board.memoryMiB,
  cpus = board.cpus,
): MachineSize {
  const [least, most] = board.memoryRangeMiB
  if (!Number.isInteger(memoryMiB) || memoryMiB < least || memoryMiB > most)
    throw new VmError(
      'wrong-use',
      `${board.name} has from ${least} to ${most} MiB of memory, not ${memoryMiB}`,
    )
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAXIMUM_CPUS)
    throw new VmError('wrong-use', `${board.name} has from 1 to ${MAXIMUM_CPUS} processors, not ${cpus}`)
  return { memoryMiB, cpus }
}

/** zram holds what is compressed, often to a third: more than this would never fill. */
const SWAP_PER_MEMORY = 8

/** VmError `wrong-use` for swap that cannot be meant: `memoryMiB` is the board's own unless told. */
export function checkSwap(board: VirtualBoard, swapMiB: number, memoryMiB = board.memoryMiB): void {
  const most = memoryMiB * SWAP_PER_MEMORY
  if (swapMiB > most)
    throw new VmError(
      'wrong-use',
      `swap is compressed memory: with ${memoryMiB} MiB of it, ${most} MiB of swap are the most, not ${swapMiB}`,
    )
}

/** With `dumpTo`, QEMU only writes its own device tree there and ends. */
export function machineArguments(
  board: VirtualBoard,
  size: MachineSize,
  { dumpTo, cpu = board.cpu }: { readonly dumpTo?: string; readonly cpu?: string } = {},
): string[] {
  const machine = dumpTo === undefined ? board.machine : `${board.machine},dumpdtb=${optionValue(dumpTo)}`
  return ['-M', machine, '-cpu', cpu, '-smp', `${size.cpus}`, '-m', `${size.memoryMiB}`]
}
