/** DRM's synchronization objects: drivers/gpu/drm/drm_syncobj.c, drm.h. A handle is of one open file, like GEM's. */
import type { NegativeErrno, Outcome } from './outcome.js'

export const DRM_SYNCOBJ_CREATE_SIGNALED = 1

export const DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL = 1
/** Waits also until there is a fence at all; without it an object that has none is EINVAL. */
export const DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT = 2
/** Timelines only: until the point has a fence, signalled or not. */
export const DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE = 4

export const DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED = 1

/** All calls: ENOENT for an unknown handle; EOPNOTSUPP when the driver has no syncobjs (or, for points, no timelines). */
export interface SyncobjCalls {
  /** SYNCOBJ_CREATE. EINVAL flags. */
  create(fd: number, flags: number): Outcome<{ readonly handle: number }>
  /** SYNCOBJ_DESTROY. EINVAL unknown handle. */
  destroy(fd: number, handle: number): NegativeErrno | 0
  /**
   * SYNCOBJ_WAIT up to an absolute CLOCK_MONOTONIC time in ns: which of them was signalled first (only without
   * WAIT_ALL). ETIME when it is too late; EINVAL flags or an object without a fence. 0 for no handles at all. Blocks the
   * thread: see blocking-calls.ts.
   */
  wait(
    fd: number,
    handles: Uint32Array,
    timeoutNs: bigint,
    flags: number,
  ): Outcome<{ readonly firstSignaled: number }>
  /** SYNCOBJ_TIMELINE_WAIT for one point of each; as many points as handles, or a TypeError. */
  timelineWait(
    fd: number,
    handles: Uint32Array,
    points: BigUint64Array,
    timeoutNs: bigint,
    flags: number,
  ): Outcome<{ readonly firstSignaled: number }>
  /** SYNCOBJ_RESET: they have no fence then. EINVAL for an empty list. */
  reset(fd: number, handles: Uint32Array): NegativeErrno | 0
  /** SYNCOBJ_SIGNAL: they have a signalled fence then. EINVAL for an empty list. */
  signal(fd: number, handles: Uint32Array): NegativeErrno | 0
  /** SYNCOBJ_TIMELINE_SIGNAL. */
  timelineSignal(fd: number, handles: Uint32Array, points: BigUint64Array): NegativeErrno | 0
  /** SYNCOBJ_QUERY: the last signalled point of each, or the last submitted one. */
  query(fd: number, handles: Uint32Array, flags: number): Outcome<BigUint64Array>
  /** SYNCOBJ_HANDLE_TO_FD: a descriptor of the object itself, for another process. EINVAL unknown handle. */
  handleToFd(fd: number, handle: number): number
  /** SYNCOBJ_FD_TO_HANDLE. EINVAL when it is no syncobj. */
  fdToHandle(fd: number, syncobjFd: number): Outcome<{ readonly handle: number }>
  /** SYNCOBJ_HANDLE_TO_FD with EXPORT_SYNC_FILE: its fence as a sync file. EINVAL when it has none. */
  exportSyncFile(fd: number, handle: number): number
  /** SYNCOBJ_FD_TO_HANDLE with IMPORT_SYNC_FILE: puts the fence of a sync file into it. EINVAL when it is none. */
  importSyncFile(fd: number, handle: number, syncFileFd: number): NegativeErrno | 0
}
