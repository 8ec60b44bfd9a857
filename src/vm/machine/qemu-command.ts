/** The command line that boots a board: qemu(1). */
import { writeBoardWords } from '../../board/virtual-board-words.js'
import type { VirtualBoard } from '../boards/virtual-board.js'
import { gpuArguments } from '../gpu-model/gpu-place.js'
import { FIRMWARE_FOLDER, PORTS } from '../guest/init-script.js'
import { dyingWithUs } from '../host/dying-with-us.js'
import { findProgram } from '../host/programs.js'
import type { SharedFolder } from '../shared-folder.js'
import { cpuFor, type Accelerator } from './accelerator.js'
import { machineArguments, type MachineSize } from './machine-size.js'
import { optionValue } from './option-value.js'
import { shareBus, virtioBus } from './virtio-devices.js'

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
  /** More folders of the host, which the guest can only read. */
  readonly shares: readonly SharedFolder[]
}

const CHANNELS = ['stdout', 'stderr', 'stdin', 'control', 'console'] as const
export type Channel = (typeof CHANNELS)[number] | 'shell'
export const FIRST_CHANNEL_FD = 3

/** Channels between us and the guest, in the order of QEMU's file descriptors from FIRST_CHANNEL_FD on. */
export function channelsOf({ shell }: Pick<MachineWishes, 'shell'>): readonly Channel[] {
  return shell === true ? [...CHANNELS, 'shell'] : CHANNELS
}

/** What differs from run to run. */
export interface MachineWishes {
  readonly accelerator: Accelerator
  /** Of `gemrig vm`: what a run on this board tells of how it was asked for. */
  readonly options: readonly string[]
  /** More words for the kernel's command line. */
  readonly append?: string | undefined
  /** A terminal in the guest. */
  readonly shell?: boolean | undefined
  /** TCP port at which QEMU waits for a debugger before it starts the kernel. */
  readonly gdbPort?: number | undefined
}

/** Program and arguments. Each channel is one end of a socket pair, so there is no socket file to leave behind. */
export function qemuCommand(
  board: VirtualBoard,
  size: MachineSize,
  files: BootFiles,
  wishes: MachineWishes,
): string[] {
  const { accelerator, gdbPort } = wishes
  const ports = channelsOf(wishes).flatMap((channel, index) => {
    const chardev = ['-chardev', `socket,id=${channel},fd=${FIRST_CHANNEL_FD + index}`]
    if (channel === 'console') return [...chardev, '-serial', 'chardev:console']
    if (channel === 'shell') return [...chardev, '-device', 'virtconsole,chardev=shell']
    const port = `virtserialport,chardev=${channel},name=gemrig.${channel},nr=${PORTS[channel]}`
    return [...chardev, '-device', port]
  })
  // Without setpriv, the guest powers off when we hang up.
  return dyingWithUs([
    findProgram(board.architecture.qemuProgram) ?? board.architecture.qemuProgram,
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...machineArguments(board, size, { cpu: cpuFor(accelerator, board) }),
    ...['-accel', accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ...(gdbPort === undefined ? [] : ['-gdb', `tcp:127.0.0.1:${gdbPort}`, '-S']),
    ...['-kernel', files.kernel, '-initrd', files.initramfs, '-dtb', files.deviceTree],
    ...['-append', kernelCommandLine(board, wishes)],
    ...gpuArguments(board, size.memoryMiB, files.registers, files.gpuModel),
    ...['-drive', `if=none,id=system,format=raw,readonly=on,file=${optionValue(files.systemImage)}`],
    ...['-device', `virtio-blk-device,drive=system,bus=${virtioBus('system')}`],
    ...['-fsdev', `local,id=share,security_model=none,multidevs=remap,path=${optionValue(files.shared)}`],
    ...['-device', `virtio-9p-device,fsdev=share,mount_tag=host,bus=${virtioBus('share')}`],
    ...files.shares.flatMap(shareArguments),
    ...['-device', `virtio-serial-device,bus=${virtioBus('channels')}`],
    ...ports,
  ])
}

/** The guest mounts them by number: a tag has room for 31 characters. */
function shareArguments({ hostFolder }: SharedFolder, index: number): string[] {
  const id = `share${index}`
  const path = optionValue(hostFolder)
  return [
    ...['-fsdev', `local,id=${id},security_model=none,multidevs=remap,readonly=on,path=${path}`],
    ...['-device', `virtio-9p-device,fsdev=${id},mount_tag=${id},bus=${shareBus(index)}`],
  ]
}

/**
 * Kernel addresses as in vmlinux: a debugger wants them so, and an arm64 kernel that hides them isolates its page tables,
 * which makes a system call five times as dear under emulation.
 */
const UNSHUFFLED = 'nokaslr'

/**
 * Much of a Debian kernel's start under emulation is checks of its ciphers, certificates and types for eBPF, which no
 * guest here uses. A kernel without one of these functions overlooks its name.
 */
const LEFT_OUT = [
  'crypto_kdf108_init',
  'jent_mod_init',
  'load_system_certificate_list',
  'init_encrypted',
  'bpf_dummy_struct_ops_init',
  'bpf_tcp_ca_kfunc_init',
]
const QUICK_START = `cryptomgr.notests initcall_blacklist=${LEFT_OUT.join(',')} mitigations=off`

/** A panic ends QEMU, as -no-reboot says. No CMA: no driver here uses it. */
function kernelCommandLine(board: VirtualBoard, { options, append }: MachineWishes): string {
  return [
    `console=ttyAMA0 panic=-1 loglevel=6 cma=0 ${UNSHUFFLED} ${QUICK_START}`,
    ...(board.firmware === undefined ? [] : [`firmware_class.path=/${FIRMWARE_FOLDER}`]),
    writeBoardWords({ board: board.name, options, append }),
  ].join(' ')
}
