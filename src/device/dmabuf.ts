/** A dma-buf: memory that drivers share, as a file descriptor. Documentation/driver-api/dma-buf.rst. */
import type { Backend } from '../backend/backend.js'
import { DMA_BUF_SYNC_END, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE } from '../backend/dma-heap-calls.js'
import { granted, grantedObject } from './errors.js'
import { Mapping } from './mapping.js'
import { Mappings } from './mappings.js'
import { Owned } from './owned.js'

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

  /** Used by Heap.allocate(). Owns `fd` from now on. */
  constructor(backend: Backend, fd: number, sizeBytes: number) {
    const mappings = new Mappings()
    super(`dma-buf ${fd}`, () => {
      mappings.closeAll()
      backend.dmaHeap.close(fd)
    })
    this.fd = fd
    this.sizeBytes = sizeBytes
    this.#backend = backend
    this.#mappings = mappings
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

  #sync(flags: number): void {
    this.assertOpen('cpuAccess')
    granted(this.#backend.dmaHeap.sync(this.fd, flags), {
      syscall: 'ioctl',
      request: 'DMA_BUF_SYNC',
      subject: this.toString(),
    })
  }
}
