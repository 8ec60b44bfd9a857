/** Whether QEMU may use KVM. That /dev/kvm is there does not tell: on some machines a guest then hangs. So it is tried. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { arch } from 'node:process'
import type { VirtualBoard } from '../boards/virtual-board.js'
import { dyingWithUs } from '../host/dying-with-us.js'
import { findProgram } from '../host/programs.js'
import { VmError } from '../vm-error.js'
import { machineArguments, type MachineSize } from './machine-size.js'

export const ACCELERATOR_WISHES = ['auto', 'kvm', 'tcg'] as const
export type AcceleratorWish = (typeof ACCELERATOR_WISHES)[number]

/** tcg: the guest's processors are emulated. */
export type Accelerator = 'kvm' | 'tcg'

/** QEMU's -cpu for each. */
export const cpuFor = (accelerator: Accelerator, board: VirtualBoard): string =>
  accelerator === 'kvm' ? 'host' : board.cpu

const PROBE_MS = 5000
/** qmp-spec: what makes a QEMU end that has started its processors, without running them. */
const QUIT = '{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n'

/**
 * What a wish comes to on this machine. VmError `wrong-use` for KVM with a guest of another architecture, and
 * `missing-host-part` when it does not work; `auto` takes tcg then.
 */
export async function chooseAccelerator(
  wish: AcceleratorWish,
  board: VirtualBoard,
  size: MachineSize,
  host: { readonly arch: string; readonly device: string; readonly probeMs?: number } = {
    arch,
    device: '/dev/kvm',
  },
): Promise<Accelerator> {
  if (wish === 'tcg') return 'tcg'
  if (host.arch !== board.architecture.node) {
    if (wish === 'auto') return 'tcg'
    const both = `this machine is ${host.arch}, ${board.name} is ${board.architecture.node}`
    throw new VmError('wrong-use', `KVM runs only guests of the machine's own architecture: ${both}`, {
      advice: 'leave out --accel, or say --accel tcg',
    })
  }
  const reason = accessOf(host.device) ?? (await probe(board, size, host.probeMs ?? PROBE_MS))
  if (reason === undefined) return 'kvm'
  if (wish === 'auto') return 'tcg'
  throw new VmError('missing-host-part', `KVM does not work here: ${reason}`, {
    advice: 'leave out --accel, or say --accel tcg',
  })
}

function accessOf(device: string): string | undefined {
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Starts the machine with KVM, its processors stopped, and ends it. Undefined when that worked; else why not. */
async function probe(board: VirtualBoard, size: MachineSize, ms: number): Promise<string | undefined> {
  const [program = '', ...args] = dyingWithUs([
    findProgram(board.architecture.qemuProgram) ?? board.architecture.qemuProgram,
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-S', '-qmp', 'stdio', '-accel', 'kvm'],
    ...machineArguments(board, size, { cpu: 'host' }),
  ])
  const qemu = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], detached: true })
  let said = ''
  qemu.stderr.on('data', (piece: Buffer) => (said += piece.toString()))
  qemu.stdin.on('error', () => undefined) // it ended before it read: its exit tells more
  qemu.stdin.write(QUIT)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`QEMU did not start within ${ms / 1000} s`), ms)
  })
  const ended = once(qemu, 'exit').then(
    ([code]) =>
      code === 0 ? undefined : said.trim().split('\n').at(-1) || `QEMU ended with ${String(code)}`,
    (error: unknown) => (error as Error).message,
  )
  const reason = await Promise.race([ended, late])
  clearTimeout(timer)
  // One that hangs in the kernel may not even end now: nobody waits for it.
  qemu.kill('SIGKILL')
  qemu.stdin.destroy()
  qemu.stderr.destroy()
  qemu.unref()
  return reason
}
