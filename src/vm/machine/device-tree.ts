/**
 * The guest's device tree: what QEMU describes of its machine, less the devices that only cost boot time, plus the
 * GPU and, for registers in RAM, the reserved memory that holds them (Documentation/devicetree/bindings/reserved-memory).
 */
import type { VirtualBoard } from '../boards/virtual-board.js'
import type { GpuKind } from '../gpu-model/gpu-kind.js'
import { gpuAddress } from '../gpu-model/gpu-place.js'
import { VIRTIO_DEVICES } from './virtio-devices.js'

/** Top-level nodes of QEMU's `virt` machine that a guest without PCI, keys, clock chip and firmware has no use for. */
const UNUSED = /^\t((?:pcie|pmu|platform-bus|gpio-keys|pl061|fw-cfg|pl031|virtio_mmio)(?:@[0-9a-f]+)?) \{/gm

/** Distance of two virtio-mmio transports, and where the first is: hw/arm/virt.c. */
const VIRTIO_MMIO_BASE = 0x0a00_0000
const VIRTIO_MMIO_STRIDE = 0x200

/** Device tree source for `dtc`. `machineSource` is QEMU's own tree, decompiled; `shares` is how many folders are shared. */
export function deviceTreeSource(
  machineSource: string,
  board: VirtualBoard,
  memoryMiB: number,
  gpu: GpuKind = 'registers',
  shares = 0,
): string {
  const address = gpuAddress(board, memoryMiB, gpu)
  return `${machineSource}
/ {
${gpu === 'registers' ? reservedMemory(address, board.registers.sizeBytes) : ''}
${board.deviceTree(address)}
};
${unusedNodes(machineSource, VIRTIO_DEVICES.length + shares)
  .map((node) => `/delete-node/ &{/${node}};`)
  .join('\n')}
`
}

function reservedMemory(address: number, sizeBytes: number): string {
  return `reserved-memory {
    #address-cells = <2>;
    #size-cells = <2>;
    ranges;
    gpuregs@${address.toString(16)} {
        reg = <0 0x${address.toString(16)} 0 0x${sizeBytes.toString(16)}>;
        no-map;
    };
};`
}

function unusedNodes(machineSource: string, usedSlots: number): string[] {
  const used = new Set<string>()
  for (let slot = 0; slot < usedSlots; slot++)
    used.add(`virtio_mmio@${(VIRTIO_MMIO_BASE + slot * VIRTIO_MMIO_STRIDE).toString(16)}`)
  return [...machineSource.matchAll(UNUSED)].map((match) => match[1] ?? '').filter((node) => !used.has(node))
}
