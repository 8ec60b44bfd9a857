/**
 * What stands for the GPU of a virtual board. `registers`: a piece of guest RAM with the values that the driver reads
 * while it probes; jobs time out. `model`: a device in QEMU that runs job chains and answers with interrupts.
 */
export type GpuKind = 'registers' | 'model'

/** `auto`: the model where this machine can have it, else the registers. */
export const GPU_WISHES = ['registers', 'model', 'auto'] as const
export type GpuWish = (typeof GPU_WISHES)[number]
