/** Fences as file descriptors: drivers/dma-buf/sync_file.c, include/uapi/linux/sync_file.h. poll() tells when one is done. */
import type { NegativeErrno, Outcome } from './outcome.js'

export interface SyncFileInfo {
  /** 1 signalled, 0 not yet, or the negative errno that it was signalled with. */
  readonly status: number
  readonly fenceCount: number
  readonly name: string
}

export interface SyncFileCalls {
  /** SYNC_IOC_FILE_INFO. ENOTTY when it is none. */
  info(fd: number): Outcome<SyncFileInfo>
  /** SYNC_IOC_MERGE: a new sync file that is signalled when both are; the name is cut to 31 bytes. ENOENT; ENOTTY. */
  merge(fd: number, otherFd: number, name: string): number
  /** close(2). EBADF. */
  close(fd: number): NegativeErrno | 0
}
