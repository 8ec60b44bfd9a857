/** A board whose parts are all in the cache: what it boots from. */
import type { VirtualBoard } from './boards/virtual-board.js'
import type { MachineSize } from './machine/machine-size.js'

/** Paths of files, but for board, size and title. */
export interface PreparedBoard {
  readonly board: VirtualBoard
  readonly size: MachineSize
  readonly cacheDirectory: string
  readonly packageRoot: string
  /** `Linux 6.12`, or the path of the user's own. */
  readonly kernelTitle: string
  readonly kernel: string
  readonly baseInitramfs: string
  readonly deviceTree: string
  /** The plugin of QEMU that is the GPU; undefined where registers in RAM stand for it. */
  readonly gpuModel: string | undefined
  readonly systemImage: string
  readonly addon: string
}
