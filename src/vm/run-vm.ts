/** Boots a virtual board, runs one command in it, and hands back its exit code: the whole of `gemrig vm`. */
import { randomBytes } from 'node:crypto'
import { accessSync, closeSync, constants, openSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createRunDirectory, removeDeadRuns } from './cache/run-directory.js'
import { checkCommand, quoteForShell } from './guest/command-script.js'
import { exitCodeOf } from './guest/guest-end.js'
import { Guest } from './guest/guest.js'
import { runInitramfs } from './guest/run-initramfs.js'
import { watchGuest } from './guest/watch-guest.js'
import type { GpuWish } from './gpu-model/gpu-kind.js'
import { CHANNELS, FIRST_CHANNEL_FD, qemuCommand, type BootFiles } from './machine/qemu-command.js'
import { makeDirectory } from '../files/make-directory.js'
import { registerBytes } from './machine/register-file.js'
import { planVm, prepareVm, type PrepareEvent } from './prepare.js'
import type { PreparedBoard } from './prepared-board.js'
import { VmError } from './vm-error.js'

export interface VmOptions {
  /** `rk3399`. */
  readonly board: string
  /** What runs in the guest: `['gemrig', 'stress', '--seed', '1']`. `node` and `sh` serve to look around. */
  readonly command: readonly string[]
  /** Host folder that is the guest's working directory: what is written there is on the host at once. */
  readonly outDirectory: string
  readonly memoryMiB?: number
  readonly cpus?: number
  /** As in PrepareOptions. */
  readonly kernel?: string
  readonly modulesDirectory?: string
  /** Until the command starts. 60 s unless told. */
  readonly bootTimeoutMs?: number
  /** From then on. 30 minutes unless told. */
  readonly runTimeoutMs?: number
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
  readonly cacheDirectory?: string
  /** As in PrepareOptions. */
  readonly packageRoot?: string
  /** As in PrepareOptions. */
  readonly gpu?: GpuWish
}

const BOOT_TIMEOUT_MS = 60_000
const RUN_TIMEOUT_MS = 30 * 60_000
/** For the command in the guest to clean up after an interrupt. */
const INTERRUPT_GRACE_MS = 5000
/** For the guest to power off. */
const POWER_OFF_MS = 3000

/**
 * The exit code of the command. VmError: as prepareVm; `wrong-use` for a command that the guest does not have;
 * `boot-deadline`, `run-deadline`; `guest-died` after a panic, an end of QEMU, or a command that a signal killed.
 */
export async function runVm(options: VmOptions): Promise<{ exitCode: number }> {
  checkCommand(options.command)
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
  } finally {
    await rm(runDirectory, { recursive: true, force: true })
  }
}

async function runIn(directory: string, prepared: PreparedBoard, consoleFile: string, options: VmOptions) {
  const { board, size } = prepared
  const endMark = randomBytes(16).toString('hex')
  const files = bootFiles(prepared, directory, options.outDirectory)
  await writeFile(files.registers, registerBytes(board.registers))
  await writeFile(files.initramfs, await runInitramfs(prepared, options.command, endMark))

  const machine = `${prepared.kernelTitle}, ${size.memoryMiB} MiB, ${size.cpus} CPUs`
  options.onProgress?.(`booting ${board.name} in QEMU: ${machine}`)
  const limits = {
    bootTimeoutMs: options.bootTimeoutMs ?? BOOT_TIMEOUT_MS,
    runTimeoutMs: options.runTimeoutMs ?? RUN_TIMEOUT_MS,
    graceMs: INTERRUPT_GRACE_MS,
  }
  const guest = new Guest(qemuCommand(board, size, files), endMark, consoleFile, options)
  const end = await watchGuest(guest, {
    ...limits,
    signal: options.signal,
    onReady: (seconds) =>
      options.onProgress?.(`${board.name} is up, ${seconds.toFixed(1)} s after its kernel's start`),
  })
  await guest.end(end.kind === 'exit' ? POWER_OFF_MS : 0)
  await guest.console.close()
  return exitCodeOf(end, guest, limits, consoleFile)
}

function bootFiles(prepared: PreparedBoard, runDirectory: string, outDirectory: string): BootFiles {
  return {
    kernel: prepared.kernel,
    initramfs: join(runDirectory, 'initramfs.cpio'),
    deviceTree: prepared.deviceTree,
    registers: join(runDirectory, 'registers.bin'),
    gpuModel: prepared.gpuModel,
    systemImage: prepared.systemImage,
    shared: resolve(outDirectory),
  }
}

async function printCommand(options: VmOptions): Promise<{ exitCode: number }> {
  const { prepared } = await planVm(options)
  const files = bootFiles(prepared, join(prepared.cacheDirectory, 'run/RUN'), options.outDirectory)
  const command = qemuCommand(prepared.board, prepared.size, files)
  options.stdout.write(`${command.map(quoteForShell).join(' ')}\n`)
  const descriptors = CHANNELS.map((name, index) => `${FIRST_CHANNEL_FD + index} ${name}`).join(', ')
  options.stderr.write(`run/RUN is made for each run; file descriptors are sockets: ${descriptors}\n`)
  return { exitCode: 0 }
}

/** Makes the shared folder too. VmError `wrong-use` when it, or the console's file, cannot be written. */
function writableConsoleFile(options: VmOptions): string {
  const file = resolve(options.consoleFile ?? join(options.outDirectory, 'console.log'))
  try {
    makeDirectory(options.outDirectory)
    accessSync(options.outDirectory, constants.W_OK | constants.X_OK)
    closeSync(openSync(file, 'w'))
  } catch (error) {
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
