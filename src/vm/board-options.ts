/** Options of `gemrig vm` that make a board what it is, as words of a command line; those that were given. */
import type { VmOptions } from './run-vm.js'

const NAMES = {
  gpu: '--gpu',
  memoryMiB: '--memory',
  cpus: '--cpus',
  kernel: '--kernel',
  modulesDirectory: '--modules',
  swapMiB: '--swap',
} as const

export function boardOptions(options: Pick<VmOptions, keyof typeof NAMES>): string[] {
  return Object.entries(NAMES).flatMap(([key, name]) => {
    const value = options[key as keyof typeof NAMES]
    return value === undefined ? [] : [name, `${value}`]
  })
}
