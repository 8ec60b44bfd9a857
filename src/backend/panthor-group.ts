/** Groups of queues that a Panthor GPU runs, and what is submitted to them: panthor_drm.h. */
import type { PanthorSyncOp } from './panthor-vm.js'

export const PANTHOR_GROUP_PRIORITY_LOW = 0
export const PANTHOR_GROUP_PRIORITY_MEDIUM = 1
export const PANTHOR_GROUP_PRIORITY_HIGH = 2
export const PANTHOR_GROUP_PRIORITY_REALTIME = 3

/** Bits of GROUP_GET_STATE. INNOCENT (1.3): another group's fault took it along. */
export const PANTHOR_GROUP_STATE_TIMEDOUT = 1
export const PANTHOR_GROUP_STATE_FATAL_FAULT = 2
export const PANTHOR_GROUP_STATE_INNOCENT = 4

export interface PanthorQueue {
  /** 0 to 15. */
  readonly priority: number
  /** A power of two, in whole pages. */
  readonly ringbufSizeBytes: number
}

/** struct drm_panthor_group_create. */
export interface PanthorGroupRequest {
  readonly vmId: number
  readonly priority: number
  readonly queues: readonly PanthorQueue[]
  readonly maxComputeCores: number
  readonly maxFragmentCores: number
  readonly maxTilerCores: number
  readonly computeCoreMask: bigint
  readonly fragmentCoreMask: bigint
  readonly tilerCoreMask: bigint
}

/** struct drm_panthor_queue_submit: a command stream at a GPU address, or (size and address 0) the syncs alone. */
export interface PanthorQueueSubmit {
  readonly queueIndex: number
  readonly streamSizeBytes: number
  readonly streamGpuAddress: bigint
  readonly latestFlush: number
  readonly syncs: readonly PanthorSyncOp[]
}
