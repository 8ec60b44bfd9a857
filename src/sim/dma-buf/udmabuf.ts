/** dma-bufs of a process's own memory files: drivers/dma-buf/udmabuf.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { Outcome } from '../../backend/outcome.js'
import { F_SEAL_SHRINK, F_SEAL_WRITE, type UdmabufItem } from '../../backend/udmabuf-calls.js'
import { MemfdFile, type Memfd } from '../fs/memfd.js'
import type { Kernel } from '../kernel.js'
import { JoinedContents } from '../mm/joined-contents.js'
import { PAGE_SIZE } from '../mm/page.js'
import type { Vma } from '../mm/vma.js'
import { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'
import { DmaBufFile, type DmaBufMemory } from './dma-buf.js'

/** The module's limits. */
const SIZE_LIMIT_PAGES = (64 << 20) / PAGE_SIZE
const LIST_LIMIT = 1024
const F_SEAL_FUTURE_WRITE = 0x10

interface Part {
  readonly memfd: Memfd
  readonly firstPage: number
  readonly pages: number
}

/** /dev/udmabuf. */
export class UdmabufFile extends SimFile {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    super()
    this.#kernel = kernel
  }

  mmap(): Outcome<Vma> {
    return -ERRNO.ENODEV
  }

  /** UDMABUF_CREATE. */
  create(task: SimTask, item: UdmabufItem): number {
    return createUdmabuf(this.#kernel, task, [item])
  }

  /** UDMABUF_CREATE_LIST. */
  createList(task: SimTask, items: readonly UdmabufItem[]): number {
    return items.length > LIST_LIMIT ? -ERRNO.EINVAL : createUdmabuf(this.#kernel, task, items)
  }

  protected release(): void {
    // Owns nothing.
  }
}

/** udmabuf_create(): first all sizes, then one memory file after the other. EINVAL; EBADFD; ENOMEM. */
function createUdmabuf(kernel: Kernel, task: SimTask, items: readonly UdmabufItem[]): number {
  let pages = 0
  for (const { offset, sizeBytes } of items) {
    if (offset % BigInt(PAGE_SIZE) !== 0n || sizeBytes % BigInt(PAGE_SIZE) !== 0n) return -ERRNO.EINVAL
    pages += Number(sizeBytes / BigInt(PAGE_SIZE))
    if (pages > SIZE_LIMIT_PAGES) return -ERRNO.EINVAL
  }
  if (pages === 0) return -ERRNO.EINVAL
  const parts: Part[] = []
  for (const item of items) {
    const part = pinItem(task, item)
    if (typeof part === 'number') {
      for (const { memfd } of parts) memfd.unpin()
      return part
    }
    parts.push(part)
  }
  return task.files.install(new DmaBufFile(kernel, new UdmabufMemory(parts, pages), pages * PAGE_SIZE))
}

function pinItem(task: SimTask, item: UdmabufItem): Part | number {
  const file = task.files.get(item.memfd)
  if (!(file instanceof MemfdFile)) return -ERRNO.EBADFD
  const { memfd } = file
  if ((memfd.seals & F_SEAL_SHRINK) === 0) return -ERRNO.EINVAL
  if ((memfd.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) return -ERRNO.EINVAL
  const firstPage = Number(item.offset / BigInt(PAGE_SIZE))
  const pages = Number(item.sizeBytes / BigInt(PAGE_SIZE))
  // An empty part, and one that ends beyond the file: memfd_pin_folios().
  if (pages === 0 || firstPage + pages > memfd.sizePages) return -ERRNO.EINVAL
  const pinned = memfd.pin()
  return pinned === 0 ? { memfd, firstPage, pages } : pinned
}

/** udmabuf_ops. */
class UdmabufMemory implements DmaBufMemory {
  readonly contents: JoinedContents
  readonly pages: number
  readonly exporter = 'udmabuf'
  readonly #parts: readonly Part[]
  #isMapped = false

  constructor(parts: readonly Part[], pages: number) {
    this.#parts = parts
    this.pages = pages
    this.contents = new JoinedContents(
      parts.map(({ memfd, firstPage, pages }) => ({ contents: () => memfd.contents, firstPage, pages })),
    )
  }

  beginCpuAccess(): void {
    this.#isMapped = true
  }

  /** An end without any start is refused. */
  endCpuAccess(): number {
    return this.#isMapped ? 0 : -ERRNO.EINVAL
  }

  release(): void {
    for (const { memfd } of this.#parts) memfd.unpin()
  }
}
