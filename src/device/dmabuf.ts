/** A dma-buf: memory that drivers share, as a file descriptor. Documentation/driver-api/dma-buf.rst. */
import type { Backend } from '../backend/backend.js'
import { POLLERR, POLLIN, POLLNVAL, POLLOUT } from '../backend/dma-buf-calls.js'
import { DMA_BUF_SYNC_END, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE } from '../backend/dma-heap-calls.js'
import { ERRNO } from '../backend/errno.js'
import { granted, grantedObject, refused } from './errors.js'
import { Mapping } from './mapping.js'
import { Mappings } from './mappings.js'
import { Owned } from './owned.js'
import { deadlineNs, PendingCalls, type WaitOptions } from './pending-calls.js'
import { SyncFile } from './sync-file.js'

export type CpuAccess = 'r' | 'w' | 'rw'

const ACCESS_FLAGS: Record<CpuAccess, number> = {
  r: DMA_BUF_SYNC_READ,
  w: DMA_BUF_SYNC_WRITE,
  rw: DMA_BUF_SYNC_READ | DMA_BUF_SYNC_WRITE,
}

export class DmaBuf extends Owned {
  readonly fd: number
  readonly sizeBytes: number
  readonly #backend: Backend
  readonly #mappings: Mappings
  readonly #pending: PendingCalls

  /** Used by Heap.allocate() and dmaBufOf(). Owns `fd` from now on. */
  constructor(backend: Backend, fd: number, sizeBytes: number) {
    const mappings = new Mappings()
    const pending = new PendingCalls()
    super(`dma-buf ${fd}`, () => {
      mappings.closeAll()
      pending.closeAfter(() => backend.dmaHeap.close(fd))
    })
    this.fd = fd
    this.sizeBytes = sizeBytes
    this.#backend = backend
    this.#mappings = mappings
    this.#pending = pending
  }

  /** Maps the whole dma-buf. Closing it closes its mappings. Touch the memory inside cpuAccess() only. */
  map(): Mapping {
    this.assertOpen('map')
    const memory = this.#backend.memory
    const subject = this.toString()
    const map = grantedObject(memory.mmap(this.fd, 0n, this.sizeBytes), {
      syscall: 'mmap',
      request: 'mmap',
      subject,
    })
    return this.#mappings.add((forget) => new Mapping(this, memory, map, forget))
  }

  /**
   * Runs `use` between DMA_BUF_IOCTL_SYNC start and end, which flush and invalidate caches where the memory is not
   * coherent. The end is sent also when `use` throws.
   */
  async cpuAccess<T>(access: CpuAccess, use: () => T | Promise<T>): Promise<T> {
    this.#sync(ACCESS_FLAGS[access])
    try {
      return await use()
    } finally {
      if (!this.closed) this.#sync(ACCESS_FLAGS[access] | DMA_BUF_SYNC_END)
    }
  }

  /** DMA_BUF_SET_NAME, which bufinfo and fdinfo show. EINVAL for 32 bytes or more. */
  setName(name: string): void {
    this.#granted('DMA_BUF_SET_NAME', () => this.#backend.dmaBuf.setName(this.fd, name))
  }

  /** The inode number: equal for all descriptors of one dma-buf. */
  get inode(): bigint {
    this.assertOpen('inode')
    return grantedObject(this.#backend.dmaBuf.inode(this.fd), {
      syscall: 'fstat',
      request: 'fstat',
      subject: this.toString(),
    }).inode
  }

  /** EXPORT_SYNC_FILE: what a reader (or writer) would have to wait for now. The caller closes it. Linux 6.0. */
  exportSyncFile(access: CpuAccess): SyncFile {
    const fd = this.#granted('DMA_BUF_EXPORT_SYNC_FILE', () =>
      this.#backend.dmaBuf.exportSyncFile(this.fd, ACCESS_FLAGS[access]),
    )
    return new SyncFile(this.#backend, fd)
  }

  /** IMPORT_SYNC_FILE: readers (or writers) wait for it from now on. Linux 6.0. */
  importSyncFile(access: CpuAccess, file: SyncFile): void {
    this.#granted('DMA_BUF_IMPORT_SYNC_FILE', () =>
      this.#backend.dmaBuf.importSyncFile(this.fd, ACCESS_FLAGS[access], file.fd),
    )
  }

  /** poll(2) on a thread of its own: true when the access has nothing to wait for, false when the time was over. */
  async wait(access: CpuAccess, options: WaitOptions = {}): Promise<boolean> {
    this.assertOpen('wait')
    const { blocking } = this.#backend
    const events = access === 'r' ? POLLIN : POLLOUT
    const deadline = deadlineNs(blocking, options.timeoutMs)
    const answer = await this.#pending.run(() => blocking.poll(this.fd, events, deadline), options.signal)
    const result = (answer & (POLLERR | POLLNVAL)) !== 0 && answer > 0 ? -ERRNO.EBADF : answer
    if (result < 0) throw refused(result, { syscall: 'poll', request: 'poll', subject: this.toString() })
    return result > 0
  }

  #sync(flags: number): void {
    this.#granted('DMA_BUF_SYNC', () => this.#backend.dmaHeap.sync(this.fd, flags))
  }

  #granted(request: string, call: () => number): number {
    this.assertOpen(request)
    return granted(call(), { syscall: 'ioctl', request, subject: this.toString() })
  }
}

/** A DmaBuf that owns `fd`. Throws DrmError, with `fd` closed, when it is no dma-buf. */
export function dmaBufOf(backend: Backend, fd: number): DmaBuf {
  const size = backend.dmaHeap.size(fd)
  if (size >= 0) return new DmaBuf(backend, fd, size)
  backend.dmaHeap.close(fd)
  throw refused(size, { syscall: 'lseek', request: 'lseek', subject: `dma-buf ${fd}` })
}
