/** A dma-buf heap: /dev/dma_heap/NAME, drivers/dma-buf/dma-heap.c. */
import type { Backend } from '../backend/backend.js'
import { checkSizeBytes } from './arguments.js'
import { dmaBufOf, type DmaBuf } from './dmabuf.js'
import { granted, refused, type DrmError } from './errors.js'
import { Owned } from './owned.js'
import { PendingCalls } from './pending-calls.js'

export class Heap extends Owned {
  readonly name: string
  readonly #backend: Backend
  readonly #fd: number
  readonly #pending: PendingCalls

  /** Used by openHeap(). Owns `fd` from now on. */
  constructor(backend: Backend, fd: number, name: string) {
    const pending = new PendingCalls()
    super(`heap ${name}`, () => pending.closeAfter(() => backend.dmaHeap.close(fd)))
    this.#pending = pending
    this.name = name
    this.#backend = backend
    this.#fd = fd
  }

  /** Allocates a dma-buf, rounded up to whole pages. OutOfMemoryError; RangeError for a size that is none. */
  allocate(sizeBytes: number): DmaBuf {
    this.assertOpen('allocate')
    const asked = checkSizeBytes(sizeBytes, 'sizeBytes')
    const fd = granted(this.#backend.dmaHeap.allocate(this.#fd, asked), {
      syscall: 'ioctl',
      request: 'DMA_HEAP_ALLOC',
      subject: `${asked} bytes on heap ${this.name}`,
    })
    return dmaBufOf(this.#backend, fd)
  }

  /** allocate() on a thread of its own. What an aborted one still brings is given back. */
  async allocateAsync(sizeBytes: number, signal?: AbortSignal): Promise<DmaBuf> {
    this.assertOpen('allocate')
    const asked = checkSizeBytes(sizeBytes, 'sizeBytes')
    const { dmaHeap, blocking } = this.#backend
    const fd = await this.#pending.run(
      () => blocking.heapAllocate(this.#fd, asked),
      signal,
      (unwanted) => dmaHeap.close(unwanted),
    )
    if (fd >= 0) return dmaBufOf(this.#backend, fd)
    const subject = `${asked} bytes on heap ${this.name}`
    throw refused(fd, { syscall: 'ioctl', request: 'DMA_HEAP_ALLOC', subject })
  }

  /** Used by runProgram(): the descriptor, or a ClosedError. */
  openFd(request: string): number {
    this.assertOpen(request)
    return this.#fd
  }
}

/** Opens a heap of a backend by name. NoDeviceError tells which heaps there are; PermissionError. */
export function openHeapOf(backend: Backend, name: string): Heap {
  const fd = backend.dmaHeap.open(name)
  if (fd < 0) throw heapRefused(backend, name, fd)
  return new Heap(backend, fd, name)
}

function heapRefused(backend: Backend, name: string, result: number): DrmError {
  const names = backend.dmaHeap.list()
  const known = typeof names === 'number' ? [] : names
  const advice =
    known.length === 0
      ? 'this kernel has no dma-buf heaps (CONFIG_DMABUF_HEAPS)'
      : `the heaps here are: ${known.join(', ')}`
  return refused(result, { syscall: 'open', request: `/dev/dma_heap/${name}`, advice })
}
