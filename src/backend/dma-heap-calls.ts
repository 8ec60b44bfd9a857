/** dma-buf heaps and dma-bufs: include/uapi/linux/dma-heap.h, dma-buf.h; drivers/dma-buf (6.12). */
import type { NegativeErrno, Outcome } from './outcome.js'

/** Flags of DMA_BUF_IOCTL_SYNC. */
export const DMA_BUF_SYNC_READ = 1
export const DMA_BUF_SYNC_WRITE = 2
export const DMA_BUF_SYNC_END = 4

export interface DmaHeapCalls {
  /** Names in /dev/dma_heap, sorted; an empty list where the kernel has no heaps. */
  list(): Outcome<string[]>
  /** Opens `/dev/dma_heap/<name>`: a file descriptor. ENOENT, EACCES; EINVAL for a name with a slash in it. */
  open(name: string): number
  /**
   * DMA_HEAP_IOCTL_ALLOC with O_RDWR | O_CLOEXEC: the file descriptor of a dma-buf, rounded up to whole pages.
   * EINVAL for length 0; ENOMEM.
   */
  allocate(heapFd: number, lengthBytes: number): number
  /** Size of a dma-buf in bytes, by lseek(2) to its end. ESPIPE, EBADF. */
  size(fd: number): number
  /** DMA_BUF_IOCTL_SYNC. EINVAL for unknown bits or neither READ nor WRITE; ENOTTY when it is no dma-buf. */
  sync(fd: number, flags: number): NegativeErrno | 0
  /** close(2), of a heap or of a dma-buf. */
  close(fd: number): NegativeErrno | 0
}
