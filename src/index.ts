/**
 * The library: devices, buffers, mappings and heaps of this machine or of a simulated one; boards; and the stress
 * engine. See docs/architecture.md.
 */
import type { Board } from './board/board.js'
import { chooseBoard, defaultBackend, type BackendWish } from './choose-board.js'
import type { Device } from './device/device.js'
import { openHeapOf, type Heap } from './device/heap.js'
import { drmClientsOf, type DrmClients } from './device/drm-clients.js'
import type { DmaBuf } from './device/dmabuf.js'
import { openDeviceOf, type DeviceChoice } from './device/open-device.js'
import { createUdmabufOf } from './device/udmabuf.js'

export { createFakeBoard, type FakeBoard, type FakeBoardOptions } from './board/fake-board.js'
export type { Board, BoardKind } from './board/board.js'
export type { Clock } from './board/clock.js'
export type { KernelFiles } from './board/kernel-files.js'
export type { BackendKind } from './backend/backend.js'
export { chooseBoard, type BackendWish, type ChosenBoard } from './choose-board.js'
export type { Buffer } from './device/buffer.js'
export type { Device } from './device/device.js'
export { type DrmClientHolder, type DrmClients, type MachineDrmClient } from './device/drm-clients.js'
export { discoverDevices, type FoundDevice } from './device/discover.js'
export type { CpuAccess, DmaBuf } from './device/dmabuf.js'
export {
  ClosedError,
  ContentError,
  DrmError,
  InvalidHandleError,
  LiveBuffersError,
  NoDeviceError,
  NotSupportedError,
  OutOfMemoryError,
  PermissionError,
  PurgedError,
  type DrmErrorDetails,
} from './device/errors.js'
export { parseDrmFdinfo, uniqueClients, type DrmClient, type MemoryKind } from './device/fdinfo.js'
export type { Advice, BufferOptions } from './device/gem-driver.js'
export type { Heap } from './device/heap.js'
export { LatencyHistogram } from './device/latency-histogram.js'
export type { I915Api, I915Param } from './device/i915-api.js'
export type { Mapping } from './device/mapping.js'
export { holdJob, jobChain, nullJob, writeValueJob, type MidgardJob } from './device/midgard-jobs.js'
export type { DeviceChoice } from './device/open-device.js'
export type { PanfrostApi, PanfrostParam } from './device/panfrost-api.js'
export type { PanthorApi } from './device/panthor-api.js'
export type { WaitOptions } from './device/pending-calls.js'
export type { ProgramOperation, ProgramOptions, ProgramResult } from './device/program.js'
export type { SyncFile } from './device/sync-file.js'
export type { Syncobj, SyncobjsWaitOptions, SyncobjWaitOptions } from './device/syncobj.js'
export type { VgemApi } from './device/vgem-api.js'
export type { PhaseTally, StressEvent, StressPlan, Verdict } from './events/stress-event.js'
export { ShrinkerDebugfs } from './pressure/shrinker-debugfs.js'
export { BoardError } from './stress/board-error.js'
export { makePlan } from './stress/plan.js'
export type { StressResult } from './stress/recorder.js'
export { runStress, type StressOptions } from './stress/run-stress.js'
export { VERSION } from './version.js'

/** Where to look: a board of the caller's, or a choice of one. */
export interface BoardChoice {
  readonly board?: Board
  /** What GEMRIG_BACKEND says, or `auto`, unless told. All `fake` choices of a process share one simulated machine. */
  readonly backend?: BackendWish
}

const boards = new Map<BackendWish, Board>()

/** The board that a choice stands for: the same one each time. Throws BoardError; RangeError for an unknown wish. */
export function openBoard(choice: BoardChoice = {}): Board {
  if (choice.board !== undefined) return choice.board
  const wish = choice.backend ?? defaultBackend()
  const board = boards.get(wish) ?? chooseBoard(wish).board
  boards.set(wish, board)
  return board
}

/** Opens a GPU: by driver, by node, or the first whose buffers can be purged. The caller closes it. */
export function openDevice(choice: DeviceChoice & BoardChoice = {}): Device {
  return openDeviceOf(openBoard(choice).backend, choice)
}

/** All clients of the machine's DRM devices, whichever process they are: what /proc/PID/fdinfo tells. */
export function drmClients(choice: BoardChoice = {}): Promise<DrmClients> {
  return drmClientsOf(openBoard(choice))
}

/** Opens a dma-buf heap by name. The caller closes it. */
export function openHeap(name: string, choice: BoardChoice = {}): Heap {
  return openHeapOf(openBoard(choice).backend, name)
}

/** Makes a dma-buf of this process's own memory (/dev/udmabuf), in `parts` memfds. The caller closes it. */
export function createUdmabuf(
  sizeBytes: number,
  choice: BoardChoice & { readonly parts?: number } = {},
): DmaBuf {
  return createUdmabufOf(openBoard(choice).backend, sizeBytes, choice.parts)
}
