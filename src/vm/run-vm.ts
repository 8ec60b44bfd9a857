/** Boots a virtual board, runs one command in it, and hands back its exit code: the whole of `gemrig vm`. */
import { randomBytes } from 'node:crypto'
import { accessSync, closeSync, constants, openSync, statfsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { boardOptions } from './board-options.js'
import { findVirtualBoard } from './boards/index.js'
import type { VirtualBoard } from './boards/virtual-board.js'
import { fullDiskError, isFullDisk } from './cache/full-disk.js'
import { createRunDirectory, keepRunDirectory, keptPlace, removeDeadRuns } from './cache/run-directory.js'
import { checkCommand, commandScript, shellScript, type ShellTerminal } from './guest/command-script.js'
import { exitCodeOf } from './guest/guest-end.js'
import { Guest } from './guest/guest.js'
import { runInitramfs } from './guest/run-initramfs.js'
import { watchGuest } from './guest/watch-guest.js'
import type { GpuWish } from './gpu-model/gpu-kind.js'
import { chooseAccelerator, type AcceleratorWish } from './machine/accelerator.js'
import { debuggerAdvice } from './machine/debugger-advice.js'
import { checkSwap, type MachineSize } from './machine/machine-size.js'
import {
  FIRST_CHANNEL_FD,
  channelsOf,
  qemuCommand,
  type BootFiles,
  type MachineWishes,
} from './machine/qemu-command.js'
import { quoteForShell } from '../quote-for-shell.js'
import { makeDirectory } from '../files/make-directory.js'
import { registerBytes } from './machine/register-file.js'
import { planVm, prepareVm, type PrepareEvent } from './prepare.js'
import type { PreparedBoard } from './prepared-board.js'
import { checkShares, type SharedFolder } from './shared-folder.js'
import { VmError } from './vm-error.js'

export interface VmOptions {
  /** `rk3399`. */
  readonly board: string
  /** What runs in the guest: `['gemrig', 'stress', '--seed', '1']`. `node` and `sh` serve to look around. */
  readonly command: readonly string[]
  /** Instead of a command, a shell on this terminal: stdin and stdout are its. */
  readonly shell?: ShellTerminal
  /** Host folder that is the guest's working directory: what is written there is on the host at once. */
  readonly outDirectory: string
  readonly memoryMiB?: number
  readonly cpus?: number
  /** As in PrepareOptions. */
  readonly kernel?: string
  readonly modulesDirectory?: string
  /** Swap on zram in the guest, so much of it. */
  readonly swapMiB?: number
  /** More words for the kernel's command line. */
  readonly append?: string
  /** `auto` unless told. */
  readonly accelerator?: AcceleratorWish
  /** Port of localhost at which QEMU waits for a debugger before it starts the kernel. */
  readonly gdbPort?: number
  /** Until the command starts. 60 s unless told; for ever with gdbPort. */
  readonly bootTimeoutMs?: number
  /** From then on. 30 minutes unless told; for ever with gdbPort or shell. */
  readonly runTimeoutMs?: number
  /** What the guest was booted from stays, and onProgress is told where. */
  readonly keep?: boolean
  /** Print QEMU's command line and do nothing else: nothing is fetched or made. */
  readonly dryRun?: boolean
  /** `console.log` in outDirectory unless told. */
  readonly consoleFile?: string
  /** Aborting interrupts the guest's command, which gets some seconds to clean up; the exit code then is 130. */
  readonly signal?: AbortSignal
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly stdin?: NodeJS.ReadableStream
  onProgress?(text: string): void
  /** The command, or the shell, is about to start. */
  onReady?(): void
  readonly cacheDirectory?: string
  /** As in PrepareOptions. */
  readonly packageRoot?: string
  /** As in PrepareOptions. */
  readonly gpu?: GpuWish
  /** More folders of the host, which the guest finds in /share and can only read. */
  readonly shares?: readonly SharedFolder[]
}

/** What makes the machine, whatever board it is and whatever runs there. */
export type MachineOptions = Pick<
  VmOptions,
  'gpu' | 'memoryMiB' | 'cpus' | 'swapMiB' | 'append' | 'accelerator' | 'shares'
>

const BOOT_TIMEOUT_MS = 60_000
const RUN_TIMEOUT_MS = 30 * 60_000
/** For the command in the guest to clean up after an interrupt. */
const INTERRUPT_GRACE_MS = 5000
/** For the guest to power off. */
const POWER_OFF_MS = 3000

/**
 * The exit code of the command. VmError: as prepareVm; `wrong-use` for a command that the guest does not have;
 * `boot-deadline`, `run-deadline`, and the other ends of a guest in VmErrorKind.
 */
export async function runVm(options: VmOptions): Promise<{ exitCode: number }> {
  if (options.shell === undefined) checkCommand(options.command)
  checkShares(options.shares ?? [])
  if (options.swapMiB !== undefined)
    checkSwap(findVirtualBoard(options.board), options.swapMiB, options.memoryMiB)
  if (options.dryRun === true) return printCommand(options)
  const consoleFile = writableConsoleFile(options)
  let prepared: PreparedBoard
  try {
    prepared = await prepareVm({
      ...options,
      onProgress: (event) => {
        const text = describePrepareEvent(event)
        if (text !== undefined) options.onProgress?.(text)
      },
    })
  } catch (error) {
    if (error instanceof VmError && error.kind === 'interrupted') return { exitCode: 130 }
    throw error
  }
  await removeDeadRuns(prepared.cacheDirectory)
  const runDirectory = createRunDirectory(prepared.cacheDirectory)
  try {
    return await runIn(runDirectory, prepared, consoleFile, options)
  } catch (error) {
    throw isFullDisk(error) ? fullDiskError(prepared.cacheDirectory, error) : error
  } finally {
    if (options.keep === true) {
      const place = keepRunDirectory(prepared.cacheDirectory, runDirectory)
      options.onProgress?.(`what the guest was booted from is kept in ${place}`)
    } else await rm(runDirectory, { recursive: true, force: true })
  }
}

async function runIn(directory: string, prepared: PreparedBoard, consoleFile: string, options: VmOptions) {
  const { board, size } = prepared
  const endMark = randomBytes(16).toString('hex')
  const files = bootFiles(prepared, directory, options)
  await writeFile(files.registers, registerBytes(board.registers))
  const script = options.shell === undefined ? commandScript(options.command) : shellScript(options.shell)
  const settings = {
    endMark,
    driver: board.driver,
    swapMiB: options.swapMiB,
    shell: !!options.shell,
    shareNames: options.shares?.map(({ name }) => name),
  }
  await writeFile(files.initramfs, await runInitramfs(prepared, script, settings))

  const wishes = await machineWishes(board, size, options)
  const qemu = qemuCommand(board, size, files, wishes)
  if (options.keep === true) {
    const kept = bootFiles(prepared, keptPlace(prepared.cacheDirectory, directory), options)
    await writeFile(join(directory, 'qemu-command'), shellLine(qemuCommand(board, size, kept, wishes)))
  }
  const accelerated = wishes.accelerator === 'kvm' ? ', KVM' : ''
  const machine = `${prepared.kernelTitle}, ${size.memoryMiB} MiB, ${size.cpus} CPUs${accelerated}`
  options.onProgress?.(`booting ${board.name} in QEMU: ${machine}`)
  if (options.gdbPort !== undefined) options.onProgress?.(debuggerAdvice(prepared, options.gdbPort))
  const guest = new Guest(qemu, channelsOf(wishes), endMark, consoleFile, options)
  const limits = limitsOf(options)
  const end = await watchGuest(guest, {
    ...limits,
    signal: options.signal,
    onReady: (seconds) => {
      options.onProgress?.(`${board.name} is up, ${seconds.toFixed(1)} s after its kernel's start`)
      options.onReady?.()
    },
  })
  await guest.end(end.kind === 'exit' ? POWER_OFF_MS : 0)
  await guest.console.close().catch((error: unknown) => {
    options.onProgress?.(`the guest's console is not whole in ${consoleFile}: ${(error as Error).message}`)
  })
  // A guest that died tells more than its full disk.
  if (end.kind === 'exit' || end.kind === 'interrupted') checkRoom(options.outDirectory)
  return exitCodeOf(end, guest, limits, consoleFile)
}

function limitsOf({ bootTimeoutMs, runTimeoutMs, gdbPort, shell }: VmOptions) {
  const debugged = gdbPort !== undefined
  return {
    bootTimeoutMs: bootTimeoutMs ?? (debugged ? Infinity : BOOT_TIMEOUT_MS),
    runTimeoutMs: runTimeoutMs ?? (debugged || shell !== undefined ? Infinity : RUN_TIMEOUT_MS),
    graceMs: INTERRUPT_GRACE_MS,
  }
}

async function machineWishes(
  board: VirtualBoard,
  size: MachineSize,
  options: VmOptions,
): Promise<MachineWishes> {
  const { accelerator, append, gdbPort, shell } = options
  return {
    accelerator: await chooseAccelerator(accelerator ?? 'auto', board, size),
    options: boardOptions(options),
    append,
    gdbPort,
    shell: shell !== undefined,
  }
}

function bootFiles(
  prepared: PreparedBoard,
  runDirectory: string,
  { outDirectory, shares = [] }: VmOptions,
): BootFiles {
  return {
    kernel: prepared.kernel,
    initramfs: join(runDirectory, 'initramfs.cpio'),
    deviceTree: prepared.deviceTree,
    registers: join(runDirectory, 'registers.bin'),
    gpuModel: prepared.gpuModel,
    systemImage: prepared.systemImage,
    shared: resolve(outDirectory),
    shares,
  }
}

function shellLine(command: readonly string[]): string {
  return `${command.map(quoteForShell).join(' ')}\n`
}

async function printCommand(options: VmOptions): Promise<{ exitCode: number }> {
  const { prepared, notes } = await planVm(options)
  for (const { part, detail } of notes) options.stderr.write(`${part}: ${detail}\n`)
  const files = bootFiles(prepared, join(prepared.cacheDirectory, 'run/RUN'), options)
  const wishes = await machineWishes(prepared.board, prepared.size, options)
  const command = qemuCommand(prepared.board, prepared.size, files, wishes)
  options.stdout.write(shellLine(command))
  const descriptors = channelsOf(wishes)
    .map((name, index) => `${FIRST_CHANNEL_FD + index} ${name}`)
    .join(', ')
  options.stderr.write(`run/RUN is made for each run; file descriptors are sockets: ${descriptors}\n`)
  return { exitCode: 0 }
}

/**
 * VmError `prepare` when the results' disk is full. The guest is not always told: write() on its 9p folder answered with
 * all of 64 KiB when the host had room for 4 (Linux 6.12).
 */
function checkRoom(directory: string): void {
  const { bfree, bavail } = statfsSync(directory)
  if ((process.getuid?.() === 0 ? bfree : bavail) > 0) return
  throw new VmError('prepare', `no space is left in ${resolve(directory)}: results are cut off`, {
    advice: 'make space, or say --out with a folder on another disk',
  })
}

/** Makes the shared folder too. VmError `wrong-use` when it, or the console's file, cannot be written. */
function writableConsoleFile(options: VmOptions): string {
  const file = resolve(options.consoleFile ?? join(options.outDirectory, 'console.log'))
  try {
    makeDirectory(options.outDirectory)
    accessSync(options.outDirectory, constants.W_OK | constants.X_OK)
    closeSync(openSync(file, 'w'))
    checkRoom(options.outDirectory)
  } catch (error) {
    if (error instanceof VmError) throw error
    throw new VmError('wrong-use', `cannot write results: ${(error as Error).message}`, { cause: error })
  }
  return file
}

/** One line for a person; undefined for what is not worth one. */
export function describePrepareEvent({
  state,
  part,
  detail,
  fraction,
  sizeBytes,
}: PrepareEvent): string | undefined {
  if (state === 'present') return undefined
  const percent = fraction === undefined ? '' : ` ${Math.round(fraction * 100)} %`
  const size = sizeBytes === undefined ? '' : ` (${(sizeBytes / 1e6).toFixed(1)} MB)`
  return `${part}${detail === undefined ? '' : `: ${detail}`}${percent}${state === 'made' ? ': ready' : ''}${size}`
}
