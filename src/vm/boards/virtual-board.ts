/**
 * A virtual board as data. A driver polls and reads its registers, and nothing checks that a GPU is behind them: a
 * no-map piece of guest RAM, filled with the values that the driver waits for and named in the device tree, is
 * enough for the real driver to probe.
 */
import type { GuestArchitecture } from '../architecture.js'

export interface VirtualBoard {
  readonly name: string
  /** For people: the chip, its GPU, the driver. */
  readonly summary: string
  /** What it can and cannot do: a line each, for people. */
  readonly notes: readonly string[]
  readonly architecture: GuestArchitecture
  /** QEMU's -M and -cpu. */
  readonly machine: string
  readonly cpu: string
  readonly cpus: number
  readonly memoryMiB: number
  /** Fewer does not boot; more does not fit what the board's description assumes. */
  readonly memoryRangeMiB: readonly [number, number]
  /** First address of RAM on this machine. */
  readonly ramBase: number
  /** Version series of the kernel that it boots unless another one is asked for: `6.12`. */
  readonly kernelSeries: string
  /** The first series whose driver knows this GPU and is in Debian's kernel. */
  readonly oldestKernel: string
  /** The GPU's driver. */
  readonly driver: 'panfrost' | 'panthor'
  /** Kernel modules of the board's own, by name; what they need is found in modules.dep. */
  readonly modules: readonly string[]
  /** Series of Debian's kernel for which the dma-buf heaps are built as a module, which it leaves out. */
  readonly dmaHeapKernels: readonly string[]
  /** What the driver loads into the GPU. */
  readonly firmware?: Firmware
  readonly registers: RegisterFile
  /** Device tree source of the GPU, to stand in the root node. `address` is where the registers are. */
  deviceTree(address: number): string
}

/** Registers in plain RAM. All that are not listed read 0. */
export interface RegisterFile {
  readonly sizeBytes: number
  /** 32-bit values by byte offset. */
  readonly values: ReadonlyMap<number, number>
}

export interface Firmware {
  /** As the driver asks for it, relative to the folders of firmware. */
  readonly path: string
  bytes(): Buffer
}
