/** Where the guest finds the registers of its GPU, and what QEMU is told to have them there. */
import type { VirtualBoard } from '../boards/virtual-board.js'
import { optionValue } from '../machine/option-value.js'
import { registerAddress } from '../machine/register-file.js'
import type { GpuKind } from './gpu-kind.js'

/** Nothing of QEMU's `virt` machine is there: hw/arm/virt.c, base_memmap. */
const MODEL_ADDRESS = 0x0b00_0000
/** The first of the GPU's shared interrupts: beyond those that `virt` and its message-signalled interrupts use. */
export const FIRST_INTERRUPT = 0xc0

export function gpuAddress(board: VirtualBoard, memoryMiB: number, gpu: GpuKind): number {
  return gpu === 'model' ? MODEL_ADDRESS : registerAddress(board, memoryMiB)
}

/** `registers` is the file with the values; `model` the plugin, where the GPU is a model. */
export function gpuArguments(
  board: VirtualBoard,
  memoryMiB: number,
  registers: string,
  model: string | undefined,
): string[] {
  if (model === undefined) {
    const address = registerAddress(board, memoryMiB).toString(16)
    return ['-device', `loader,addr=0x${address},force-raw=on,file=${optionValue(registers)}`]
  }
  const place = `base=0x${MODEL_ADDRESS.toString(16)},spi=${FIRST_INTERRUPT}`
  return ['-plugin', `file=${optionValue(model)},${place},registers=${optionValue(registers)}`]
}
