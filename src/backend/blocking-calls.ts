/**
 * Calls that may take long, each on a thread of its own, so that neither JavaScript nor Node's file work waits for them.
 *
 * Times are absolute, in ns of `nowNs()`; a time in the past asks only.
 */
import type { BatchDriver } from './batch-calls.js'
import type { NegativeErrno } from './outcome.js'

/**
 * A call under way. `result` resolves, always with an answer and never with a rejection; with -ECANCELED when it
 * stopped because of `cancel()`. A cancelled wait stops within some ten milliseconds. A cancelled allocation cannot stop,
 * but what it made is given back before `result` resolves. The descriptors it works on must stay open until then.
 */
export interface PendingCall {
  readonly result: Promise<NegativeErrno>
  /** Does nothing once the call is done. */
  cancel(): void
}

export interface BlockingCalls {
  /** CLOCK_MONOTONIC of this kernel in ns, which on the fake is simulated: what the absolute times are reckoned from. */
  nowNs(): bigint
  /** Panfrost's WAIT_BO: 0. ETIMEDOUT, EBUSY when the time was past at the start; ENOENT. */
  panfrostWaitBo(fd: number, handle: number, timeoutNs: bigint): PendingCall
  /** SYNCOBJ_WAIT: the index of the first that was signalled. ETIME; EINVAL; ENOENT. */
  syncobjWait(fd: number, handles: Uint32Array, timeoutNs: bigint, flags: number): PendingCall
  /** SYNCOBJ_TIMELINE_WAIT: as syncobjWait. */
  syncobjTimelineWait(
    fd: number,
    handles: Uint32Array,
    points: BigUint64Array,
    timeoutNs: bigint,
    flags: number,
  ): PendingCall
  /** poll(2) of a dma-buf or sync file: the events, or 0 when the time is over. */
  poll(fd: number, events: number, timeoutNs: bigint): PendingCall
  /** DMA_HEAP_IOCTL_ALLOC: the file descriptor of a dma-buf. */
  heapAllocate(heapFd: number, lengthBytes: number): PendingCall
  /** A buffer of a driver: its handle. `flags` are the driver's. */
  createBuffer(driver: BatchDriver, fd: number, sizeBytes: number, flags: number): PendingCall
}
