/** dma-bufs as files: drivers/dma-buf/dma-buf.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import { DMA_BUF_SYNC_END, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE } from '../../backend/dma-heap-calls.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import type { PageContents } from '../mm/page-contents.js'
import { PAGE_SIZE, pagesOf } from '../mm/page.js'
import { Vma } from '../mm/vma.js'
import { POLLIN, POLLOUT } from '../../backend/dma-buf-calls.js'
import type { Kernel } from '../kernel.js'
import { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'
import { waitInKernel } from '../waits.js'
import { DmaResv, type ResvUsage } from './dma-resv.js'
import { SyncFile } from './sync-file.js'

/** DMA_BUF_NAME_LEN, with its NUL. */
const NAME_BYTES = 32

/** What an exporter hands over. */
export interface DmaBufMemory {
  readonly contents: PageContents
  readonly pages: number
  /** exp_name of bufinfo and fdinfo. */
  readonly exporter: string
  /** The fences of what is exported, when that has some already. */
  readonly resv?: DmaResv
  /** What makes a mapping, when it is not simply all pages. */
  mmap?(task: SimTask, lengthBytes: number): Outcome<Vma>
  /** A device begins or ends to use it: dma_buf_attach() with its map, and dma_buf_detach(). */
  attach?(): NegativeErrno | 0
  detach?(): void
  /** The exporter's word on the end of an access by the CPU. */
  endCpuAccess?(): NegativeErrno | 0
  beginCpuAccess?(): void
  /** The last file or mapping is gone. */
  release(): void
}

export class DmaBufFile extends SimFile {
  readonly memory: DmaBufMemory
  readonly sizeBytes: number
  readonly resv: DmaResv
  override readonly isWritable: boolean
  override readonly ino: number
  /** dev_name() of each device that is attached, in the order of attachment. */
  readonly attachments: string[] = []
  readonly #kernel: Kernel
  #name = ''

  /** The mode of the file is that of the first export, whatever later ones ask for. */
  constructor(kernel: Kernel, memory: DmaBufMemory, sizeBytes: number, isWritable = true) {
    super()
    this.#kernel = kernel
    this.ino = kernel.nextDmaBufIno++
    kernel.dmaBufs.add(this)
    this.isWritable = isWritable
    this.memory = memory
    this.sizeBytes = sizeBytes
    this.resv = memory.resv ?? new DmaResv()
  }

  override seekEnd(): number {
    return this.sizeBytes
  }

  /** DMA_BUF_IOCTL_SYNC: the start waits for whoever uses it, the end does not. */
  sync(kernel: Kernel, flags: number): NegativeErrno | 0 {
    const direction = DMA_BUF_SYNC_READ | DMA_BUF_SYNC_WRITE
    if ((flags & ~(direction | DMA_BUF_SYNC_END)) !== 0 || (flags & direction) === 0) return -ERRNO.EINVAL
    if ((flags & DMA_BUF_SYNC_END) !== 0) return this.memory.endCpuAccess?.() ?? 0
    this.memory.beginCpuAccess?.()
    const access = usageOf(flags)
    const check = (nowNs: number) => (this.resv.isIdle(access, nowNs) ? 0 : undefined)
    return waitInKernel(kernel, { check, nextNs: () => this.resv.idleAtNs(access) }, Infinity, 0)
  }

  /** Empty until it is given one. */
  get name(): string {
    return this.#name
  }

  /** dma_buf_attach() with its map, for a device. */
  attach(device: string): NegativeErrno | 0 {
    const answer = this.memory.attach?.() ?? 0
    if (answer === 0) this.attachments.push(device)
    return answer
  }

  /** dma_buf_detach(). */
  detach(device: string): void {
    this.memory.detach?.()
    const index = this.attachments.indexOf(device)
    if (index >= 0) this.attachments.splice(index, 1)
  }

  /** DMA_BUF_SET_NAME: strndup_user() refuses a name that does not fit. */
  setName(name: string): NegativeErrno | 0 {
    if (new TextEncoder().encode(name).length >= NAME_BYTES) return -ERRNO.EINVAL
    this.#name = name
    return 0
  }

  /** DMA_BUF_IOCTL_EXPORT_SYNC_FILE. */
  exportSyncFile(task: SimTask, flags: number, nowNs: number): number {
    if (!isAccess(flags)) return -ERRNO.EINVAL
    return task.files.install(new SyncFile(this.resv.singleton(usageOf(flags), nowNs)))
  }

  /** DMA_BUF_IOCTL_IMPORT_SYNC_FILE. */
  importSyncFile(task: SimTask, flags: number, syncFileFd: number, nowNs: number): NegativeErrno | 0 {
    if (!isAccess(flags)) return -ERRNO.EINVAL
    const file = task.files.get(syncFileFd)
    if (!(file instanceof SyncFile)) return -ERRNO.EINVAL
    this.resv.add(file.fence, usageOf(flags), nowNs)
    return 0
  }

  /** dma_buf_poll(): IN when nobody writes any more, OUT when nobody uses it any more. */
  override poll(events: number, nowNs: number): number {
    const isReadable = this.resv.isIdle('read', nowNs)
    const isWritable = this.resv.isIdle('write', nowNs)
    return events & ((isReadable ? POLLIN : 0) | (isWritable ? POLLOUT : 0))
  }

  override pollChangesAtNs(events: number, nowNs: number): number {
    const times = [
      (events & POLLIN) !== 0 ? this.resv.idleAtNs('read') : Infinity,
      (events & POLLOUT) !== 0 ? this.resv.idleAtNs('write') : Infinity,
    ]
    return Math.min(...times.filter((time) => time > nowNs))
  }

  /** dma_buf_show_fdinfo(). */
  override fdinfo(): string {
    const name = this.#name === '' ? '' : `name:\t${this.#name}\n`
    return `size:\t${this.sizeBytes}\ncount:\t${this.references}\nexp_name:\t${this.memory.exporter}\n${name}`
  }

  /** dma_buf_mmap_internal(): a part that begins at `offset` and ends inside the buffer. */
  override mmap(task: SimTask, offset: bigint, lengthBytes: number): Outcome<Vma> {
    const firstPage = Number(offset / BigInt(PAGE_SIZE))
    if (firstPage + pagesOf(lengthBytes) > this.memory.pages) return -ERRNO.EINVAL
    const vma = this.memory.mmap?.(task, lengthBytes) ?? new DmaBufVma(this, task, firstPage, lengthBytes)
    if (typeof vma !== 'number') vma.holdFile(this)
    return vma
  }

  protected override putOff(release: () => void): void {
    this.#kernel.taskWork.add(release)
  }

  protected release(): void {
    this.#kernel.dmaBufs.delete(this)
    this.memory.release()
  }
}

function isAccess(flags: number): boolean {
  const access = DMA_BUF_SYNC_READ | DMA_BUF_SYNC_WRITE
  return (flags & ~access) === 0 && flags !== 0
}

function usageOf(flags: number): ResvUsage {
  return (flags & DMA_BUF_SYNC_WRITE) !== 0 ? 'write' : 'read'
}

/** All pages are mapped at once, so touching one never faults. */
class DmaBufVma extends Vma {
  readonly contents: PageContents
  readonly #firstPage: number

  constructor(file: DmaBufFile, task: SimTask, firstPage: number, lengthBytes: number) {
    super(task, lengthBytes)
    this.contents = file.memory.contents
    this.#firstPage = firstPage
  }

  override get firstPage(): number {
    return this.#firstPage
  }

  touch(start: number, end: number): number {
    return end - start
  }

  protected close(): void {
    // All that it holds is the file.
  }
}
