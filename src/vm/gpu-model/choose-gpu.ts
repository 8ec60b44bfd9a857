/** Decides what stands for a board's GPU: the model is written for the internals of one series of QEMU. */
import type { VirtualBoard } from '../boards/virtual-board.js'
import { findProgram } from '../host/programs.js'
import { runProgram } from '../host/run-program.js'
import { VmError } from '../vm-error.js'
import type { GpuKind, GpuWish } from './gpu-kind.js'

/** The series that kernel/gpu-model/qemu.h declares. */
export const MODEL_QEMU_SERIES = '7.2'

export interface ChosenGpu {
  readonly kind: GpuKind
  /** `7.2.22`, for the model. */
  readonly qemuVersion: string
  /** Why `auto` did not choose the model. */
  readonly note?: string
}

/** VmError `wrong-use` when the model is asked for and cannot be had for this board or this QEMU. */
export async function chooseGpu(wish: GpuWish, board: VirtualBoard): Promise<ChosenGpu> {
  if (wish === 'registers') return { kind: 'registers', qemuVersion: '' }
  const program = findProgram(board.architecture.qemuProgram)
  const version = program === undefined ? '' : await qemuVersion(program)
  const reason = whyNot(board, program, version)
  if (reason === undefined) return { kind: 'model', qemuVersion: version }
  // A program that is missing is told with all others that are.
  if (wish === 'model' && program !== undefined)
    throw new VmError('wrong-use', `no GPU model: ${reason}`, {
      advice: 'use --gpu registers: the driver and its memory are the real ones there too, but jobs time out',
    })
  return { kind: wish === 'model' ? 'model' : 'registers', qemuVersion: version, note: reason }
}

function whyNot(board: VirtualBoard, program: string | undefined, version: string): string | undefined {
  if (board.driver !== 'panfrost') return `it is of GPUs under Panfrost, and ${board.name} has another`
  if (program === undefined) return `there is no ${board.architecture.qemuProgram}`
  if (!version.startsWith(`${MODEL_QEMU_SERIES}.`))
    return `it works in QEMU ${MODEL_QEMU_SERIES} only, and ${program} is ${version}`
  return undefined
}

/** `QEMU emulator version 7.2.22 (Debian ...)`: the number; the whole first line when it has none. */
export function parseQemuVersion(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return /\bversion (\d[\w.]*)/.exec(line)?.[1] ?? line
}

async function qemuVersion(program: string): Promise<string> {
  return parseQemuVersion((await runProgram(program, ['-version'])).toString())
}
