/** RK3288: 32-bit Arm, Mali-T760 MP4 under Panfrost. Register names and bits: drivers/gpu/drm/panfrost/panfrost_regs.h (6.1). */
import { ARM } from '../architecture.js'
import { MIDGARD_REGISTERS, PANFROST_NOTES, midgardNode } from './mali-midgard.js'
import type { VirtualBoard } from './virtual-board.js'

export const RK3288: VirtualBoard = {
  name: 'rk3288',
  summary: 'Rockchip RK3288, 32-bit, Mali-T760 (Panfrost)',
  notes: [
    ...PANFROST_NOTES,
    'with Linux 7.2 a CREATE_BO that is refused for its size breaks a list of the driver, and a later one ends in a BUG: [findings/failed-create-stays-listed.md](findings/failed-create-stays-listed.md)',
  ],
  architecture: ARM,
  // All that the machine has must be below 4 GiB: the kernel may be one without LPAE.
  machine: 'virt,gic-version=2,highmem=off',
  cpu: 'cortex-a15',
  cpus: 2,
  memoryMiB: 512,
  memoryRangeMiB: [512, 2048],
  ramBase: 0x4000_0000,
  kernelSeries: '6.1',
  oldestKernel: '6.1',
  driver: 'panfrost',
  modules: ['panfrost', 'vgem'],
  dmaHeapKernels: ['6.1', '6.12'],
  registers: {
    sizeBytes: 0x10_0000,
    values: new Map([
      ...MIDGARD_REGISTERS,
      [0x000, 0x0750_0000], // GPU_ID: T760 r0p0
    ]),
  },
  deviceTree: (address) => midgardNode(address, '"rockchip,rk3288-mali", "arm,mali-t760"'),
}
