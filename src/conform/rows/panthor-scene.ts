/** Shorthands for rows about Panthor. */
import type { PanthorGroupRequest } from '../../backend/panthor-group.js'
import type { PanthorSyncOp, PanthorVmBindOp } from '../../backend/panthor-vm.js'
import type { MapHandle } from '../../backend/memory-calls.js'
import type { RowOf } from '../row.js'
import type { Trial } from '../trial.js'

export const MAP = 0
export const UNMAP = 0x1000_0000
export const SYNC_ONLY = 0x2000_0000
export const SIGNAL = 0x8000_0000
export const NO_HANDLE = 77
export const PAGE = 4096n
export const BO_BYTES = 1 << 18
export const GPU_ADDRESS = 0x10_0000n

export const PANTHOR_OF_72 = { panthor: { from: '1.8' }, why: 'the source was read for 7.2 alone' }

/** Rows of the Panthor that Linux 7.2 has. */
export const of72 = (rows: readonly RowOf[]): RowOf[] => rows.map((row) => ({ holds: PANTHOR_OF_72, ...row }))

export function newBo(t: Trial, sizeBytes = BO_BYTES, flags = 0, vmId = 0): number {
  return t.must(t.backend.panthor.boCreate(t.panthor, BigInt(sizeBytes), flags, vmId)).handle
}

export function mapBo(t: Trial, handle: number, sizeBytes = BO_BYTES): MapHandle {
  const { offset } = t.must(t.backend.panthor.boMmapOffset(t.panthor, handle))
  return t.keep(t.backend.memory.mmap(t.panthor, offset, sizeBytes))
}

export function filledBo(t: Trial, seed: bigint, vmId = 0): { handle: number; map: MapHandle } {
  const handle = newBo(t, BO_BYTES, 0, vmId)
  const map = mapBo(t, handle)
  t.backend.memory.fill(map, seed, 0, BO_BYTES)
  return { handle, map }
}

export function isWhole(t: Trial, map: MapHandle, seed: bigint): boolean {
  return t.backend.memory.verify(map, seed, 0, BO_BYTES) === BO_BYTES
}

export const newVm = (t: Trial) => t.must(t.backend.panthor.vmCreate(t.panthor, 0n)).id

export function operation(flags: number, rest: Partial<PanthorVmBindOp> = {}): PanthorVmBindOp {
  const sizeBytes = BigInt(BO_BYTES)
  return { flags, boHandle: 0, boOffset: 0n, gpuAddress: GPU_ADDRESS, sizeBytes, syncs: [], ...rest }
}

/** What one operation comes to, at once or (1) on the queue. */
export function bindOne(t: Trial, vmId: number, bound: PanthorVmBindOp, flags = 0): string | number {
  return t.answer(t.backend.panthor.vmBind(t.panthor, vmId, flags, [bound]).result)
}

export const mapIn = (t: Trial, vmId: number, boHandle: number, gpuAddress = GPU_ADDRESS) =>
  bindOne(t, vmId, operation(MAP, { boHandle, gpuAddress }))

export const sync = (flags: number, handle: number, timelineValue = 0n): PanthorSyncOp => ({
  flags,
  handle,
  timelineValue,
})

export const GROUP: Omit<PanthorGroupRequest, 'vmId'> = {
  priority: 1,
  queues: [{ priority: 0, ringbufSizeBytes: 4096 }],
  maxComputeCores: 1,
  maxFragmentCores: 1,
  maxTilerCores: 1,
  computeCoreMask: 1n,
  fragmentCoreMask: 1n,
  tilerCoreMask: 1n,
}

export function newGroup(t: Trial, vmId: number): number {
  return t.must(t.backend.panthor.groupCreate(t.panthor, { ...GROUP, vmId })).handle
}

/** A job without commands: all that it does is done when the request returns. */
export function submitNothing(
  t: Trial,
  group: number,
  syncs: readonly PanthorSyncOp[] = [],
): string | number {
  const job = { queueIndex: 0, streamSizeBytes: 0, streamGpuAddress: 0n, latestFlush: 0, syncs }
  return t.answer(t.backend.panthor.groupSubmit(t.panthor, group, [job]))
}

const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1 << 20 }

/** drm-resident-memory of this row's file, in buffers. */
export function residentBos(t: Trial): number {
  const info = t.backend.fdinfo.read(t.panthor)
  if (typeof info === 'number') throw new Error(`fdinfo: ${t.answer(info)}`)
  const [, amount = '0', unit = ''] = /^drm-resident-memory:\s*(\d+) ?(\w*)$/m.exec(info.text) ?? []
  return (Number(amount) * (UNIT_BYTES[unit] ?? NaN)) / BO_BYTES
}

/** A handle on vgem for a buffer of this row's file: another device uses its memory. */
export function attachToVgem(t: Trial, handle: number): void {
  const dmaBuf = t.keepFd(t.backend.drm.primeHandleToFd(t.panthor, handle, 0))
  const imported = t.backend.drm.primeFdToHandle(t.vgem, dmaBuf)
  if (imported < 0) throw new Error(`vgem takes no dma-buf of Panthor: ${t.answer(imported)}`)
}

/** A buffer of vgem's, on Panthor. */
export function importFromVgem(t: Trial): number {
  const { drm } = t.backend
  const dumb = t.must(drm.createDumb(t.vgem, BO_BYTES / 4, 1, 32))
  const dmaBuf = t.keepFd(drm.primeHandleToFd(t.vgem, dumb.handle, 2))
  const handle = drm.primeFdToHandle(t.panthor, dmaBuf)
  if (handle < 0) throw new Error(`Panthor takes no dma-buf of vgem: ${t.answer(handle)}`)
  return handle
}
