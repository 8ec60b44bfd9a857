/** The bytes of a board's registers, and where in guest RAM they lie. */
import type { RegisterFile, VirtualBoard } from '../boards/virtual-board.js'

const MIB = 0x10_0000
/** The registers lie this far below the end of RAM, out of the way of kernel, device tree and initramfs. */
const BELOW_RAM_END = 16 * MIB

export function registerAddress(board: VirtualBoard, memoryMiB: number): number {
  return board.ramBase + memoryMiB * MIB - BELOW_RAM_END
}

/** Little-endian words at their offsets; only as long as the last listed one, the rest of RAM is zero anyhow. */
export function registerBytes(registers: RegisterFile): Buffer {
  const bytes = Buffer.alloc(Math.max(0, ...registers.values.keys()) + 4)
  for (const [offset, value] of registers.values) {
    if (offset % 4 !== 0 || offset + 4 > registers.sizeBytes)
      throw new RangeError(`register 0x${offset.toString(16)}`)
    bytes.writeUInt32LE(value >>> 0, offset)
  }
  return bytes
}
