/** vgem's fences: include/uapi/drm/vgem_drm.h, drivers/gpu/drm/vgem/vgem_fence.c. Its buffers are dumb ones. */
import type { NegativeErrno, Outcome } from './outcome.js'

/** The fence is a writer's: it excludes everybody. Without it it is a reader's. */
export const VGEM_FENCE_WRITE = 1

export interface VgemCalls {
  /** FENCE_ATTACH: a fence on a buffer, which expires (as -ETIMEDOUT) after 10 s. ENOENT; EBUSY a fence excludes it. */
  fenceAttach(fd: number, handle: number, flags: number): Outcome<{ readonly fence: number }>
  /** FENCE_SIGNAL. ENOENT unknown; ETIMEDOUT when it has expired; EINVAL flags. */
  fenceSignal(fd: number, fence: number): NegativeErrno | 0
}
