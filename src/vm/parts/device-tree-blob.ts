/** The compiled device tree of a board with so much memory and so many processors. */
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { VirtualBoard } from '../boards/virtual-board.js'
import { keyOf, type MakeContext, type Part } from '../cache/part.js'
import type { GpuKind } from '../gpu-model/gpu-kind.js'
import { findProgram } from '../host/programs.js'
import { runProgram } from '../host/run-program.js'
import { deviceTreeSource } from '../machine/device-tree.js'
import { machineArguments, type MachineSize } from '../machine/machine-size.js'
import { VIRTIO_DEVICES } from '../machine/virtio-devices.js'

const RECIPE = 1

/** A folder with `board.dtb`. */
export async function deviceTreeBlob(
  board: VirtualBoard,
  size: MachineSize,
  gpu: GpuKind,
  shares: number,
): Promise<Part> {
  const qemu = findProgram(board.architecture.qemuProgram)
  // Another QEMU may describe its machine differently.
  const { size: qemuSize, mtimeMs } = qemu === undefined ? { size: 0, mtimeMs: 0 } : await stat(qemu)
  const key = keyOf(
    RECIPE,
    deviceTreeSource('', board, size.memoryMiB, gpu),
    board.machine,
    board.cpu,
    size,
    VIRTIO_DEVICES,
    shares,
    qemuSize,
    mtimeMs,
  )
  return {
    name: 'devicetree',
    title: `device tree of ${board.name}`,
    key: `${board.name}-${key}`,
    programs: [
      { name: 'dtc', debianPackage: 'device-tree-compiler' },
      { name: board.architecture.qemuProgram, debianPackage: board.architecture.qemuPackage },
    ],
    make: (directory, context) => make(directory, board, size, gpu, shares, context),
  }
}

async function make(
  directory: string,
  board: VirtualBoard,
  size: MachineSize,
  gpu: GpuKind,
  shares: number,
  { signal }: MakeContext,
): Promise<void> {
  const [machine, source, blob] = ['machine.dtb', 'board.dts', 'board.dtb'].map((name) =>
    join(directory, name),
  )
  if (machine === undefined || source === undefined || blob === undefined) return
  const dump = [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    ...machineArguments(board, size, { dumpTo: machine }),
  ]
  await runProgram(board.architecture.qemuProgram, dump, { signal })
  const own = await runProgram('dtc', ['-q', '-I', 'dtb', '-O', 'dts', machine], { signal })
  await writeFile(source, deviceTreeSource(own.toString(), board, size.memoryMiB, gpu, shares))
  await runProgram('dtc', ['-q', '-I', 'dts', '-O', 'dtb', '-o', blob, source], { signal })
  await rm(machine) // 1 MiB, nearly all of it empty
}
