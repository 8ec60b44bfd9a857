/**
 * What binds and jobs wait for and signal: struct panthor_submit_ctx, panthor_drv.c (7.2). Timelines, which no syncobj
 * here has, are refused with EOPNOTSUPP.
 */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import {
  PANTHOR_SYNC_OP_SIGNAL,
  PANTHOR_SYNC_OP_TIMELINE_SYNCOBJ,
  type PanthorSyncOp,
} from '../../../backend/panthor-vm.js'
import type { Fence } from '../../dma-buf/dma-fence.js'
import type { Syncobj } from '../drm-syncobj.js'
import type { PanthorFile } from './panthor-file.js'

const KNOWN_FLAGS = PANTHOR_SYNC_OP_SIGNAL | 0xff

/** panthor_check_sync_op(). */
function check({ flags, timelineValue }: PanthorSyncOp): NegativeErrno | 0 {
  if ((flags & ~KNOWN_FLAGS) !== 0) return -ERRNO.EINVAL
  const type = flags & 0xff
  if (type === PANTHOR_SYNC_OP_TIMELINE_SYNCOBJ) return -ERRNO.EOPNOTSUPP
  return type !== 0 || timelineValue !== 0n ? -ERRNO.EINVAL : 0
}

const isSignal = ({ flags }: PanthorSyncOp) => (flags & PANTHOR_SYNC_OP_SIGNAL) !== 0

/** The jobs of one request: a later one may wait for what an earlier one signals. */
export class SubmitContext {
  readonly #file: PanthorFile
  readonly #signals = new Map<Syncobj, Fence | null>()

  constructor(file: PanthorFile) {
    this.#file = file
  }

  /**
   * panthor_submit_ctx_collect_jobs_signal_ops(). EINVAL, also for an unknown syncobj, where panthor_sync_signal_free()
   * of 6.12 and 7.2 puts a NULL one.
   */
  collectSignals(syncs: readonly PanthorSyncOp[]): NegativeErrno | 0 {
    for (const sync of syncs.filter(isSignal)) {
      const refused = check(sync)
      if (refused !== 0) return refused
      const syncobj = this.#file.syncobjs.find(sync.handle)
      if (syncobj === undefined) return -ERRNO.EINVAL
      // What it has before is what a wait in this request means until a job of the request has its fence.
      if (!this.#signals.has(syncobj)) this.#signals.set(syncobj, syncobj.fence)
    }
    return 0
  }

  /** panthor_submit_ctx_add_sync_deps_to_job(): what the job waits for. EINVAL without a fence; ENOENT. */
  waits(syncs: readonly PanthorSyncOp[]): Fence[] | NegativeErrno {
    const fences: Fence[] = []
    for (const sync of syncs) {
      if (isSignal(sync)) continue
      const refused = check(sync)
      if (refused !== 0) return refused
      const syncobj = this.#file.syncobjs.find(sync.handle)
      const own = syncobj === undefined ? undefined : this.#signals.get(syncobj)
      const fence = own ?? this.#file.syncobjs.findFence(sync.handle)
      if (typeof fence === 'number') return fence
      fences.push(fence)
    }
    return fences
  }

  /** panthor_submit_ctx_update_job_sync_signal_fences(). */
  signal(syncs: readonly PanthorSyncOp[], fence: Fence): void {
    for (const { handle } of syncs.filter(isSignal)) {
      const syncobj = this.#file.syncobjs.find(handle)
      if (syncobj !== undefined) this.#signals.set(syncobj, fence)
    }
  }

  /** panthor_submit_ctx_push_fences(). */
  push(): void {
    for (const [syncobj, fence] of this.#signals) if (fence !== null) syncobj.fence = fence
  }
}
