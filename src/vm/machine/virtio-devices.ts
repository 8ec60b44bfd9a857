/** The virtio devices of every virtual board, in the order of their virtio-mmio slots. */
export const VIRTIO_DEVICES = ['system', 'share', 'channels'] as const

export type VirtioDevice = (typeof VIRTIO_DEVICES)[number]

/** Slots of QEMU's `virt` machine: hw/arm/virt.c, NUM_VIRTIO_TRANSPORTS. */
const SLOTS = 32
/** Folders that a guest can have beside its working directory. */
export const MOST_SHARES = SLOTS - VIRTIO_DEVICES.length

/** The `bus=` of a device, so that slot and device tree agree whatever order QEMU fills slots in. */
export function virtioBus(device: VirtioDevice): string {
  return bus(VIRTIO_DEVICES.indexOf(device))
}

/** The same for the shared folder of that index, from 0: they come after the devices that all boards have. */
export function shareBus(index: number): string {
  return bus(VIRTIO_DEVICES.length + index)
}

function bus(slot: number): string {
  return `virtio-mmio-bus.${slot}`
}
