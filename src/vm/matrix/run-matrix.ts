/** Runs one command on many boards and kernels, some at a time, and keeps what each of them said. */
import { writeFileSync } from 'node:fs'
import { freemem } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { makeDirectory } from '../../files/make-directory.js'
import { findVirtualBoard } from '../boards/index.js'
import { runVm, type MachineOptions, type VmOptions } from '../run-vm.js'
import { VmError } from '../vm-error.js'
import type { Combination } from './combinations.js'

export interface MatrixCell extends Combination {
  /** Of the command in the guest; undefined when the guest did not get that far, or cannot be. */
  readonly exitCode?: number
  /** Why there is no exit code. */
  readonly error?: { readonly kind: string; readonly message: string }
  readonly seconds: number
  /** ISO 8601, UTC; undefined when it cannot be. */
  readonly startedAt?: string
  readonly stdout: string
  /** Its folder: results, console.log, stdout.txt and stderr.txt. */
  readonly directory?: string
}

export interface MatrixOptions {
  readonly command: readonly string[]
  readonly outDirectory: string
  /** How many at once; fewer when memory is short. */
  readonly jobs: number
  readonly vm: MachineOptions & Pick<VmOptions, 'runTimeoutMs' | 'bootTimeoutMs' | 'cacheDirectory'>
  readonly signal?: AbortSignal
  onProgress(combination: Combination, text: string): void
}

/** QEMU's own, beside the guest's memory. */
const QEMU_MIB = 200
const MIB = 2 ** 20

/** In the order of `wanted`. What fails on one board does not keep the others from running. */
export async function runMatrix(
  wanted: readonly Combination[],
  options: MatrixOptions,
): Promise<MatrixCell[]> {
  const cells: MatrixCell[] = []
  const waiting = [...wanted.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, combination] = next
      cells[index] = await runCell(combination, options)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.jobs, wanted.length) }, worker))
  return cells
}

/** How many guests this machine's processors and free memory carry: at least one. `memoryMiB`: of each guest. */
export function jobsThatFit(
  wanted: readonly Combination[],
  processors: number,
  memoryMiB: number | undefined,
  freeBytes = freemem(),
): number {
  const needs = wanted.map(({ board }) => ((memoryMiB ?? findVirtualBoard(board).memoryMiB) + QEMU_MIB) * MIB)
  const largest = Math.max(...needs, 1)
  return Math.max(1, Math.min(processors, Math.floor(freeBytes / largest)))
}

/** A kernel may be a path, which is one name here. */
export function cellFolder({ board, kernel }: Combination): string {
  return `${board}-${kernel.replaceAll(/[^\w.+-]+/g, '_')}`
}

async function runCell(combination: Combination, options: MatrixOptions): Promise<MatrixCell> {
  const { board, kernel, impossible } = combination
  if (impossible !== undefined) return { ...combination, seconds: 0, stdout: '' }
  const directory = join(options.outDirectory, cellFolder(combination))
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = Promise.all([text(stdout), text(stderr)])
  const [start, startedAt] = [performance.now(), new Date().toISOString()]
  let end: Pick<MatrixCell, 'exitCode' | 'error'>
  try {
    makeDirectory(directory)
    end = await runVm({
      ...options.vm,
      board,
      kernel,
      command: options.command,
      outDirectory: directory,
      stdout,
      stderr,
      onProgress: (progress) => options.onProgress(combination, progress),
      ...(options.signal !== undefined && { signal: options.signal }),
    })
  } catch (error) {
    end = { error: describe(error) }
  }
  stdout.end()
  stderr.end()
  const [output, messages] = await said
  try {
    writeFileSync(join(directory, 'stdout.txt'), output)
    writeFileSync(join(directory, 'stderr.txt'), messages)
  } catch (error) {
    end = end.error === undefined ? { error: describe(error) } : end
  }
  const seconds = Math.round((performance.now() - start) / 100) / 10
  return { ...combination, ...end, seconds, startedAt, stdout: output, directory }
}

/** Whatever it is: the other cells go on, and the table tells it. */
function describe(error: unknown): { kind: string; message: string } {
  const { message } = error as Error
  return error instanceof VmError ? { kind: error.kind, message } : { kind: 'results', message }
}
