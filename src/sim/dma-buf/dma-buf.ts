/** dma-bufs as files: drivers/dma-buf/dma-buf.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import { DMA_BUF_SYNC_END, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE } from '../../backend/dma-heap-calls.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import type { PageContents } from '../mm/page-contents.js'
import { PAGE_SIZE, pagesOf } from '../mm/page.js'
import { Vma } from '../mm/vma.js'
import { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'

/** What an exporter hands over. */
export interface DmaBufMemory {
  readonly contents: PageContents
  readonly pages: number
  /** The last file or mapping is gone. */
  release(): void
}

export class DmaBufFile extends SimFile {
  readonly memory: DmaBufMemory
  readonly sizeBytes: number

  constructor(memory: DmaBufMemory, sizeBytes: number) {
    super()
    this.memory = memory
    this.sizeBytes = sizeBytes
  }

  override seekEnd(): number {
    return this.sizeBytes
  }

  /** DMA_BUF_IOCTL_SYNC. Nothing is done by other devices here, so there is nothing to wait for. */
  sync(flags: number): NegativeErrno | 0 {
    const direction = DMA_BUF_SYNC_READ | DMA_BUF_SYNC_WRITE
    if ((flags & ~(direction | DMA_BUF_SYNC_END)) !== 0 || (flags & direction) === 0) return -ERRNO.EINVAL
    return 0
  }

  /** dma_buf_mmap_internal(): a part that begins at `offset` and ends inside the buffer. */
  override mmap(task: SimTask, offset: bigint, lengthBytes: number): Outcome<Vma> {
    const firstPage = Number(offset / BigInt(PAGE_SIZE))
    if (firstPage + pagesOf(lengthBytes) > this.memory.pages) return -ERRNO.EINVAL
    return new DmaBufVma(this, task, firstPage, lengthBytes)
  }

  protected release(): void {
    this.memory.release()
  }
}

/** All pages are mapped at once, so touching one never faults. The mapping holds the file. */
class DmaBufVma extends Vma {
  readonly contents: PageContents
  readonly #file: DmaBufFile
  readonly #firstPage: number

  constructor(file: DmaBufFile, task: SimTask, firstPage: number, lengthBytes: number) {
    super(task, lengthBytes)
    this.contents = file.memory.contents
    this.#file = file
    this.#firstPage = firstPage
    file.get()
  }

  override get firstPage(): number {
    return this.#firstPage
  }

  touch(start: number, end: number): number {
    return end - start
  }

  protected close(): void {
    this.#file.put()
  }
}
