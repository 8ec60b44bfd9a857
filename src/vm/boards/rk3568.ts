/** RK3568: Mali-G52, a Bifrost, under Panfrost. Register names and bits: drivers/gpu/drm/panfrost/panfrost_regs.h (6.12). */
import { ARM64 } from '../architecture.js'
import { MIDGARD_REGISTERS, PANFROST_NOTES, midgardNode } from './mali-midgard.js'
import type { VirtualBoard } from './virtual-board.js'

export const RK3568: VirtualBoard = {
  name: 'rk3568',
  summary: 'Rockchip RK3568, Mali-G52 (Panfrost)',
  notes: PANFROST_NOTES,
  architecture: ARM64,
  machine: 'virt,gic-version=2',
  // The real one has Cortex-A55, which QEMU before 8.0 does not know.
  cpu: 'cortex-a53',
  cpus: 2,
  memoryMiB: 1024,
  memoryRangeMiB: [512, 3072],
  ramBase: 0x4000_0000,
  kernelSeries: '6.12',
  oldestKernel: '6.1',
  driver: 'panfrost',
  modules: ['panfrost', 'vgem'],
  dmaHeapKernels: ['6.1', '6.12'],
  registers: {
    sizeBytes: 0x10_0000,
    values: new Map([
      ...MIDGARD_REGISTERS,
      [0x000, 0x7402_1000], // GPU_ID: G52 r1p0
    ]),
  },
  deviceTree: (address) => midgardNode(address, '"rockchip,rk3568-mali", "arm,mali-bifrost"'),
}
