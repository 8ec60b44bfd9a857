/** RK3399: Mali-T860 MP4 under Panfrost. Register names and bits: drivers/gpu/drm/panfrost/panfrost_regs.h (6.12). */
import { ARM64 } from '../architecture.js'
import { MIDGARD_REGISTERS, PANFROST_NOTES, midgardNode } from './mali-midgard.js'
import type { VirtualBoard } from './virtual-board.js'

export const RK3399: VirtualBoard = {
  name: 'rk3399',
  summary: 'Rockchip RK3399, Mali-T860 (Panfrost)',
  notes: PANFROST_NOTES,
  architecture: ARM64,
  machine: 'virt,gic-version=2',
  cpu: 'cortex-a57',
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
      [0x000, 0x0860_2000], // GPU_ID: T860 r2p0
    ]),
  },
  deviceTree: (address) => midgardNode(address, '"rockchip,rk3399-mali", "arm,mali-t860"'),
}
