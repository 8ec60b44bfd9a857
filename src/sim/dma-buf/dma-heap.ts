/** dma-buf heaps: their nodes and DMA_HEAP_IOCTL_ALLOC. drivers/dma-buf/dma-heap.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { Outcome } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import { PAGE_SIZE, pagesOf } from '../mm/page.js'
import type { Vma } from '../mm/vma.js'
import { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'
import { DmaBufFile, type DmaBufMemory } from './dma-buf.js'

export class DmaHeap {
  readonly name: string
  /** The heap's own way to get whole pages: memory, or a negative errno. */
  readonly #allocate: (pages: number) => Outcome<DmaBufMemory>
  /** Pages that it keeps for later buffers. */
  readonly pooledPages: () => number
  readonly #kernel: Kernel

  constructor(
    kernel: Kernel,
    name: string,
    allocate: (pages: number) => Outcome<DmaBufMemory>,
    pooledPages: () => number = () => 0,
  ) {
    this.#kernel = kernel
    this.name = name
    this.#allocate = allocate
    this.pooledPages = pooledPages
  }

  open(): DmaHeapFile {
    return new DmaHeapFile(this)
  }

  /** A file descriptor of a new dma-buf. EINVAL for length 0, or one that wraps when it is rounded up; ENOMEM. */
  allocate(task: SimTask, lengthBytes: number): number {
    if (lengthBytes === 0) return -ERRNO.EINVAL
    const memory = this.#allocate(pagesOf(lengthBytes))
    if (typeof memory === 'number') return memory
    return task.files.install(new DmaBufFile(this.#kernel, memory, pagesOf(lengthBytes) * PAGE_SIZE))
  }
}

export class DmaHeapFile extends SimFile {
  readonly heap: DmaHeap

  constructor(heap: DmaHeap) {
    super()
    this.heap = heap
  }

  /** dma_heap_ioctl() looks at the number of a request alone; every number but that of ALLOC is unknown to it. */
  override unknownIoctl(): number {
    return -ERRNO.EINVAL
  }

  mmap(): Outcome<Vma> {
    return -ERRNO.ENODEV
  }

  protected release(): void {
    // The heap outlives its files.
  }
}

export class DmaHeapList {
  readonly #heaps = new Map<string, DmaHeap>()

  add(heap: DmaHeap): void {
    this.#heaps.set(heap.name, heap)
  }

  get(name: string): DmaHeap | undefined {
    return this.#heaps.get(name)
  }

  all(): Iterable<DmaHeap> {
    return this.#heaps.values()
  }
}
