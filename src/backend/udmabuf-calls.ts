/** dma-bufs made of a process's own memory: drivers/dma-buf/udmabuf.c, memfd_create(2). */
import type { NegativeErrno } from './outcome.js'

/** Seals of fcntl(2) F_ADD_SEALS. udmabuf wants SHRINK and refuses WRITE. */
export const F_SEAL_SEAL = 1
export const F_SEAL_SHRINK = 2
export const F_SEAL_GROW = 4
export const F_SEAL_WRITE = 8

/** A part of a memfd: whole pages. */
export interface UdmabufItem {
  readonly memfd: number
  readonly offset: bigint
  readonly sizeBytes: bigint
}

export interface UdmabufCalls {
  /** memfd_create(2) with MFD_CLOEXEC | MFD_ALLOW_SEALING, of `sizeBytes` zeroes: a file descriptor. EMFILE, ENOMEM. */
  createMemfd(name: string, sizeBytes: number): number
  /** F_ADD_SEALS. EPERM when sealed against it; EINVAL when it is no memfd. */
  addSeals(fd: number, seals: number): NegativeErrno | 0
  /** Opens /dev/udmabuf. ENOENT, EACCES. */
  open(): number
  /**
   * UDMABUF_CREATE: the file descriptor of a dma-buf. EINVAL when not whole pages, above the module's size_limit_mb,
   * beyond the memfd, not sealed against shrinking or sealed against writing; EBADFD when it is no memfd.
   */
  create(udmabufFd: number, item: UdmabufItem): number
  /** UDMABUF_CREATE_LIST: one dma-buf of many parts. EINVAL also above the module's list_limit. */
  createList(udmabufFd: number, items: readonly UdmabufItem[]): number
  /** close(2). EBADF. */
  close(fd: number): NegativeErrno | 0
}
