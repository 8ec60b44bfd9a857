/** The virtio devices of every virtual board, in the order of their virtio-mmio slots. */
export const VIRTIO_DEVICES = ['system', 'share', 'channels'] as const

export type VirtioDevice = (typeof VIRTIO_DEVICES)[number]

/** The `bus=` of a device, so that slot and device tree agree whatever order QEMU fills slots in. */
export function virtioBus(device: VirtioDevice): string {
  return `virtio-mmio-bus.${VIRTIO_DEVICES.indexOf(device)}`
}
