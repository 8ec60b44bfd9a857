/**
 * Threads that make, advise, map and close buffers of one open file, and close the handles that they guess: the client
 * of CVE-2022-50417 (drm/panfrost: Fix GEM handle creation ref-counting).
 */
import { errnoName } from '../backend/errno.js'
import type { ProgramOp } from '../backend/program-calls.js'
import type { Device } from '../device/device.js'
import type { Advice } from '../device/gem-driver.js'
import type { ProgramOperation } from '../device/program.js'
import type { Operation, OperationOutcome } from './operation.js'

const SIZE_BYTES = 16384

/** What may be answered of a buffer that somebody else closes at the same time (Panfrost 6.12). */
const EXPLAINED: Readonly<Partial<Record<ProgramOp, readonly string[]>>> = {
  // panfrost_ioctl_create_bo: its handle was closed before it has looked for the mapping.
  create: ['ENOMEM', 'EINTR', 'ENOSPC', 'EINVAL'],
  // drm_gem_handle_delete: nothing has the handle. ENOENT is the program's own: its create was refused.
  close: ['EINVAL', 'ENOENT'],
  closeHandle: ['EINVAL'],
  // panfrost_ioctl_madvise: DONTNEED of a buffer whose last mapping has gone since it was looked up.
  madvise: ['ENOENT', 'EINTR', 'EINVAL'],
  // MMAP_BO of a handle that is not there; then, of an offset that went in between, drm_gem_mmap.
  map: ['ENOENT', 'EINVAL', 'EACCES', 'ENOMEM'],
  // Where there is no mapping.
  unmap: ['EINVAL'],
}

export async function raceHandles(
  device: Device,
  { threads, iterations, handles }: Extract<Operation, { op: 'race-handles' }>,
): Promise<OperationOutcome> {
  const { operations } = await device.runProgram({
    operations: programOf(handles, device.purgeable),
    threads,
    iterations,
  })
  for (const [op, { errors }] of Object.entries(operations)) {
    const explained = EXPLAINED[op as ProgramOp] ?? []
    const strange = Object.keys(errors)
      .map((errno) => errnoName(Number(errno)))
      .find((code) => !explained.includes(code))
    if (strange !== undefined) return { result: 'refused', code: strange, request: op }
  }
  return { result: 'ok' }
}

function programOf(handles: number, takesAdvice: boolean): ProgramOperation[] {
  const advise = (advice: Advice): ProgramOperation[] =>
    takesAdvice ? [{ op: 'madvise', slot: 0, advice }] : []
  const operations: ProgramOperation[] = []
  for (let handle = 1; handle <= handles; handle++) {
    operations.push(
      { op: 'create', slot: 0, sizeBytes: SIZE_BYTES },
      ...advise('dontneed'),
      { op: 'closeHandle', handle },
      { op: 'map', slot: 0 },
      { op: 'unmap', slot: 0 },
      ...advise('willneed'),
      { op: 'close', slot: 0 },
    )
  }
  return operations
}
