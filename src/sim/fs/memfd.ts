/**
 * Memory files: memfd_create(2), mm/memfd.c, mm/shmem.c (6.12). One difference: all pages are there as soon as one is
 * touched or pinned.
 */
import { ERRNO } from '../../backend/errno.js'
import type { Outcome } from '../../backend/outcome.js'
import { F_SEAL_SEAL, F_SEAL_WRITE } from '../../backend/udmabuf-calls.js'
import type { Kernel } from '../kernel.js'
import type { PageContents } from '../mm/page-contents.js'
import { GFP_HIGHUSER } from '../mm/gfp.js'
import { PAGE_SIZE, pagesOf } from '../mm/page.js'
import { ShmemFile, type ShmemPages } from '../mm/shmem.js'
import { Vma } from '../mm/vma.js'
import { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'

/** All of F_SEAL_*: SEAL, SHRINK, GROW, WRITE, FUTURE_WRITE, EXEC. */
const ALL_SEALS = 0x3f

/** The inode, which lives as long as a descriptor or a mapping does; its pages, as long as somebody pins them, too. */
export class Memfd {
  readonly shmem: ShmemFile
  readonly sizePages: number
  pages: ShmemPages | null = null
  seals = 0
  #users = 0
  #pins = 0
  readonly #kernel: Kernel

  constructor(kernel: Kernel, sizePages: number) {
    this.#kernel = kernel
    this.shmem = new ShmemFile(kernel)
    this.sizePages = sizePages
    kernel.memfds.add(this)
  }

  get contents(): PageContents | null {
    return this.pages?.contents ?? null
  }

  /** False when there is no memory for them. */
  populate(): boolean {
    if (this.pages !== null) return true
    // Unlike GEM's, these allocations go on until the OOM killer has helped: shmem_fault(), memfd_pin_folios().
    const pages = this.shmem.getPages(this.sizePages, (memcg, wanted) =>
      this.#kernel.allocateCharged('shmem', memcg, wanted, GFP_HIGHUSER),
    )
    if (pages === null) return false
    // The file alone holds them.
    pages.held = false
    this.pages = pages
    return true
  }

  get(): void {
    this.#users++
  }

  put(): void {
    if (--this.#users > 0) return
    this.shmem.truncate()
    this.#forget()
  }

  /** memfd_pin_folios(). -ENOMEM. */
  pin(): number {
    if (!this.populate() || this.pages === null) return -ERRNO.ENOMEM
    this.pages.held = true
    this.#pins++
    return 0
  }

  unpin(): void {
    if (--this.#pins > 0 || this.pages === null) return
    this.shmem.putPages(this.pages)
    this.#forget()
  }

  #forget(): void {
    if (this.#users === 0 && this.#pins === 0) this.#kernel.memfds.delete(this)
  }
}

export class MemfdFile extends SimFile {
  readonly memfd: Memfd

  constructor(memfd: Memfd) {
    super()
    this.memfd = memfd
    memfd.get()
  }

  /** F_ADD_SEALS. EPERM when sealed; EBUSY to forbid writing while it is mapped for that. */
  addSeals(seals: number): number {
    if ((seals & ~ALL_SEALS) !== 0) return -ERRNO.EINVAL
    const { memfd } = this
    if ((memfd.seals & F_SEAL_SEAL) !== 0) return -ERRNO.EPERM
    if ((seals & F_SEAL_WRITE) !== 0 && (memfd.seals & F_SEAL_WRITE) === 0 && MemfdVma.mapsOf(memfd) > 0)
      return -ERRNO.EBUSY
    memfd.seals |= seals
    return 0
  }

  override seekEnd(): number {
    return this.memfd.sizePages * PAGE_SIZE
  }

  /** Writable mappings are refused when it is sealed against writing. */
  mmap(task: SimTask, offset: bigint, lengthBytes: number): Outcome<Vma> {
    if ((this.memfd.seals & F_SEAL_WRITE) !== 0) return -ERRNO.EPERM
    return new MemfdVma(this.memfd, task, Number(offset / BigInt(PAGE_SIZE)), lengthBytes)
  }

  protected release(): void {
    this.memfd.put()
  }
}

class MemfdVma extends Vma {
  static readonly #maps = new WeakMap<Memfd, number>()
  readonly #memfd: Memfd
  readonly #firstPage: number

  constructor(memfd: Memfd, task: SimTask, firstPage: number, lengthBytes: number) {
    super(task, lengthBytes)
    this.#memfd = memfd
    this.#firstPage = firstPage
    memfd.get()
    MemfdVma.#maps.set(memfd, MemfdVma.mapsOf(memfd) + 1)
  }

  static mapsOf(memfd: Memfd): number {
    return MemfdVma.#maps.get(memfd) ?? 0
  }

  override get firstPage(): number {
    return this.#firstPage
  }

  get contents(): PageContents | null {
    return this.#memfd.contents
  }

  /** Beyond the end of the file, and where there is no memory, SIGBUS. */
  touch(start: number, end: number): number {
    if (!this.#memfd.populate()) return 0
    return Math.max(0, Math.min(end, this.#memfd.sizePages - this.#firstPage) - start)
  }

  protected close(): void {
    MemfdVma.#maps.set(this.#memfd, MemfdVma.mapsOf(this.#memfd) - 1)
    this.#memfd.put()
  }
}

/** memfd_create(2) with MFD_ALLOW_SEALING, and ftruncate(2): a descriptor. */
export function createMemfd(kernel: Kernel, task: SimTask, sizeBytes: number): number {
  return task.files.install(new MemfdFile(new Memfd(kernel, pagesOf(sizeBytes))))
}
