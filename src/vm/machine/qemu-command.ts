/** The command line that boots a board: qemu(1). */
import type { VirtualBoard } from '../boards/virtual-board.js'
import { gpuArguments } from '../gpu-model/gpu-place.js'
import { PORTS } from '../guest/init-script.js'
import { dyingWithUs } from '../host/dying-with-us.js'
import { findProgram } from '../host/programs.js'
import { machineArguments, type MachineSize } from './machine-size.js'
import { optionValue } from './option-value.js'
import { virtioBus } from './virtio-devices.js'

export interface BootFiles {
  readonly kernel: string
  readonly initramfs: string
  readonly deviceTree: string
  readonly registers: string
  /** The plugin, where the GPU is a model. */
  readonly gpuModel?: string | undefined
  readonly systemImage: string
  /** The host folder that the guest finds as its working directory. */
  readonly shared: string
}

/** Channels between us and the guest, in the order of QEMU's file descriptors from FIRST_CHANNEL_FD on. */
export const CHANNELS = ['stdout', 'stderr', 'stdin', 'control', 'console'] as const
export type Channel = (typeof CHANNELS)[number]
export const FIRST_CHANNEL_FD = 3

/** Program and arguments. Each channel is one end of a socket pair, so there is no socket file to leave behind. */
export function qemuCommand(board: VirtualBoard, size: MachineSize, files: BootFiles): string[] {
  const ports = CHANNELS.flatMap((channel, index) => {
    const chardev = ['-chardev', `socket,id=${channel},fd=${FIRST_CHANNEL_FD + index}`]
    if (channel === 'console') return [...chardev, '-serial', 'chardev:console']
    const port = `virtserialport,chardev=${channel},name=gemrig.${channel},nr=${PORTS[channel]}`
    return [...chardev, '-device', port]
  })
  // Without setpriv, the guest powers off when we hang up.
  return dyingWithUs([
    findProgram(board.architecture.qemuProgram) ?? board.architecture.qemuProgram,
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...machineArguments(board, size),
    // Never KVM: the host is another architecture, and where it is not, a KVM that does not work hangs.
    ...['-accel', 'tcg,thread=multi'],
    ...['-kernel', files.kernel, '-initrd', files.initramfs, '-dtb', files.deviceTree],
    ...['-append', kernelCommandLine(board)],
    ...gpuArguments(board, size.memoryMiB, files.registers, files.gpuModel),
    ...['-drive', `if=none,id=system,format=raw,readonly=on,file=${optionValue(files.systemImage)}`],
    ...['-device', `virtio-blk-device,drive=system,bus=${virtioBus('system')}`],
    ...['-fsdev', `local,id=share,security_model=none,multidevs=remap,path=${optionValue(files.shared)}`],
    ...['-device', `virtio-9p-device,fsdev=share,mount_tag=host,bus=${virtioBus('share')}`],
    ...['-device', `virtio-serial-device,bus=${virtioBus('channels')}`],
    ...ports,
  ])
}

/** gemrig tells a virtual board by `gemrig.board`. A panic ends QEMU, as -no-reboot says. No CMA: no driver here uses it. */
function kernelCommandLine(board: VirtualBoard): string {
  return `console=ttyAMA0 panic=-1 loglevel=6 cma=0 gemrig.board=${board.name}`
}
