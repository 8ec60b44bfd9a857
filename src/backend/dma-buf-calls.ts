/** What a dma-buf can do besides being mapped: drivers/dma-buf/dma-buf.c. Size, SYNC and close: dma-heap-calls.ts. */
import type { NegativeErrno, Outcome } from './outcome.js'

/** Events of poll(2). On a dma-buf IN: nobody writes any more, OUT: nobody uses it any more. */
export const POLLIN = 1
export const POLLOUT = 4
export const POLLERR = 8
export const POLLNVAL = 32

export interface DmaBufCalls {
  /** DMA_BUF_SET_NAME. EINVAL for 32 bytes or more; ENOTTY when it is no dma-buf. */
  setName(fd: number, name: string): NegativeErrno | 0
  /**
   * DMA_BUF_IOCTL_EXPORT_SYNC_FILE: a sync file of the fences that a reader or writer (`flags`: DMA_BUF_SYNC_READ,
   * WRITE) would have to wait for. EINVAL flags; ENOTTY.
   */
  exportSyncFile(fd: number, flags: number): number
  /** DMA_BUF_IOCTL_IMPORT_SYNC_FILE: readers or writers wait for this fence from now on. EINVAL flags or no sync file. */
  importSyncFile(fd: number, flags: number, syncFileFd: number): NegativeErrno | 0
  /**
   * poll(2) of any file: the events that are there, 0 when `timeoutMs` passed (0 asks only). Blocks the thread: see
   * blocking-calls.ts. A descriptor that is not open answers POLLNVAL.
   */
  poll(fd: number, events: number, timeoutMs: number): number
  /** fstat(2)'s inode number: the same for all descriptors of one dma-buf, and for no other one that is open. EBADF. */
  inode(fd: number): Outcome<{ readonly inode: bigint }>
}
