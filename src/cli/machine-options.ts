/** Options of a virtual machine that several commands have, and what runVm is told for them. */
import { Option, type Command } from 'commander'
import { GPU_WISHES, type GpuWish } from '../vm/gpu-model/gpu-kind.js'
import { ACCELERATOR_WISHES, type AcceleratorWish } from '../vm/machine/accelerator.js'
import type { MachineOptions } from '../vm/run-vm.js'
import { parseShare, type SharedFolder } from '../vm/shared-folder.js'
import { parseMiB, parseWhole } from './options.js'

export interface MachineFlags {
  readonly gpu?: GpuWish
  readonly memory?: number
  readonly cpus?: number
  readonly swap?: number
  readonly append?: string
  readonly accel: AcceleratorWish
  readonly share?: readonly SharedFolder[]
}

const gatherShares = (text: string, before: readonly SharedFolder[] = []) => [...before, parseShare(text)]

export function gpuOption(): Option {
  return new Option(
    '--gpu <kind>',
    'registers: jobs time out (default); model: jobs complete (QEMU 7.2); auto: the model if it can be had',
  ).choices(GPU_WISHES)
}

export function addMachineOptions(command: Command): Command {
  return command
    .addOption(gpuOption())
    .option('--memory <MiB>', 'memory of the board', parseWhole)
    .option('--cpus <number>', 'processors of the board', parseWhole)
    .option('--swap <size>', 'swap in the guest, on compressed memory (zram): 256M, 1G', parseMiB)
    .option('--append <arguments>', "more words for the kernel's command line")
    .addOption(
      new Option('--accel <how>', 'kvm where it works, tcg (emulation) anywhere')
        .choices(ACCELERATOR_WISHES)
        .default('auto'),
    )
    .option(
      '--share <folder[:name]>',
      'the guest can read this folder of the host as /share/NAME (default: its own name); may be said again',
      gatherShares,
    )
}

export function machineOptionsOf(flags: MachineFlags): MachineOptions {
  return {
    ...(flags.gpu !== undefined && { gpu: flags.gpu }),
    ...(flags.memory !== undefined && { memoryMiB: flags.memory }),
    ...(flags.cpus !== undefined && { cpus: flags.cpus }),
    ...(flags.swap !== undefined && { swapMiB: flags.swap }),
    ...(flags.append !== undefined && { append: flags.append }),
    ...(flags.share !== undefined && { shares: flags.share }),
    accelerator: flags.accel,
  }
}
