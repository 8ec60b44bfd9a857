/** Rows: dma-buf heaps and dma-bufs. drivers/dma-buf/dma-heap.c, dma-buf.c (6.12). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const [READ, WRITE, END] = [1, 2, 4]

const heap = (t: Trial) => t.keepFd(t.backend.dmaHeap.open('system'))
const dmabuf = (t: Trial, sizeBytes = 4096) => t.keepFd(t.backend.dmaHeap.allocate(heap(t), sizeBytes))

const MIB = 1 << 20

/** Heaps for which `holds` does not. */
function heapsWithout(t: Trial, holds: (open: number) => boolean): string[] {
  const { dmaHeap } = t.backend
  return t.must(dmaHeap.list()).filter((name) => !holds(t.keepFd(dmaHeap.open(name))))
}

/** Whether a new buffer is all zeroes; it is left full of something else, and closed. */
function isZeroedThenUsed(t: Trial, open: number, sizeBytes: number): boolean {
  const { memory, dmaHeap } = t.backend
  const fd = dmaHeap.allocate(open, sizeBytes)
  const map = t.must(memory.mmap(fd, 0n, sizeBytes))
  const isZeroed = t.must(memory.read(map, 0, sizeBytes)).every((byte) => byte === 0)
  memory.fill(map, 77n, 0, sizeBytes)
  memory.munmap(map)
  dmaHeap.close(fd)
  return isZeroed
}

export const DMA_HEAP_ROWS = group(
  'dma-heap',
  { source: 'drivers/dma-buf/dma-heap.c, dma-buf.c, heaps/system_heap.c (6.12)', needs: ['heap'] },
  [
    {
      id: 'system-is-listed',
      name: 'the system heap is listed',
      run: (t) => t.must(t.backend.dmaHeap.list()).includes('system'),
      expected: true,
    },
    {
      id: 'open-unknown',
      name: 'a heap that is not there is ENOENT, a name that leads elsewhere EINVAL',
      run: (t) => ['nope', '../null', '', '.', '..'].map((name) => t.answer(t.backend.dmaHeap.open(name))),
      expected: ['-ENOENT', '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'sizes',
      name: 'a dma-buf has whole pages; 0 bytes are EINVAL',
      run: (t) => {
        const sizes = [1, 4096, 5000, 1 << 20].map((size) => t.backend.dmaHeap.size(dmabuf(t, size)))
        return [...sizes, t.answer(t.backend.dmaHeap.allocate(heap(t), 0))]
      },
      expected: [4096, 4096, 8192, 1 << 20, '-EINVAL'],
    },
    {
      id: 'zeroed-shared-outlives-fd',
      name: 'its memory is zeroed, shared by its mappings, and outlives its descriptor',
      run: (t) => {
        const { memory, dmaHeap } = t.backend
        const fd = dmaHeap.allocate(heap(t), 8192)
        const [first, second] = [t.keep(memory.mmap(fd, 0n, 8192)), t.keep(memory.mmap(fd, 0n, 8192))]
        const isZeroed = t.must(memory.read(first, 0, 8192)).every((byte) => byte === 0)
        memory.fill(first, 5n, 0, 8192)
        dmaHeap.close(fd)
        return [isZeroed, memory.verify(second, 5n, 0, 8192)]
      },
      expected: [true, 8192],
    },
    {
      id: 'mmap-range',
      name: 'more than it has cannot be mapped, its second page can',
      run: (t) => {
        const { memory } = t.backend
        const fd = dmabuf(t, 8192)
        const mapped = [
          memory.mmap(fd, 0n, 12288),
          memory.mmap(fd, 4096n, 8192),
          memory.mmap(fd, 4096n, 4096),
        ]
        return mapped.map((map) => (typeof map === 'number' ? t.answer(map) : t.keep(map).lengthBytes))
      },
      expected: ['-EINVAL', '-EINVAL', 4096],
    },
    {
      id: 'sync-flags',
      name: 'SYNC takes a direction with or without END, and nothing else',
      run: (t) => {
        const fd = dmabuf(t)
        return [READ, WRITE, READ | WRITE, READ | END, WRITE | END, 0, END, 8, 9].map((flags) =>
          t.answer(t.backend.dmaHeap.sync(fd, flags)),
        )
      },
      expected: [0, 0, 0, 0, 0, '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'wrong-file',
      name: 'requests on what is no dma-buf and no heap are ENOTTY',
      run: (t) => {
        const { dmaHeap } = t.backend
        const fd = t.open('/dev/null')
        return [t.answer(dmaHeap.sync(fd, READ)), t.answer(dmaHeap.allocate(fd, 4096))]
      },
      expected: ['-ENOTTY', '-ENOTTY'],
    },
    {
      id: 'closed-fd',
      name: 'a descriptor that is not open is EBADF',
      run: (t) => {
        const { dmaHeap } = t.backend
        const fd = dmaHeap.allocate(heap(t), 4096)
        const closed = dmaHeap.close(fd)
        return [
          closed,
          ...[dmaHeap.close(fd), dmaHeap.size(fd), dmaHeap.sync(fd, READ)].map((each) => t.answer(each)),
        ]
      },
      expected: [0, '-EBADF', '-EBADF', '-EBADF'],
    },
    {
      id: 'reuse-zeroed',
      name: 'in every heap, what a buffer left behind is not seen in later ones',
      source: 'tools/testing/selftests/dmabuf-heaps/dmabuf-heap.c, test_alloc_zeroed() (7.2)',
      run: (t) =>
        heapsWithout(t, (open) =>
          [4096, MIB].every((sizeBytes) =>
            Array.from({ length: 8 }, () => isZeroedThenUsed(t, open, sizeBytes)).every(Boolean),
          ),
        ),
      expected: [],
    },
    {
      id: 'closed-gives-back',
      name: 'in every heap, 1 GiB of 4 MiB buffers can be had one after the other: closed ones do not stay',
      run: (t) =>
        heapsWithout(t, (open) => {
          const { dmaHeap } = t.backend
          for (let i = 0; i < 256; i++) if (dmaHeap.close(dmaHeap.allocate(open, 4 * MIB)) !== 0) return false
          return true
        }),
      expected: [],
    },
    {
      id: 'not-purged',
      name: 'no purge takes it',
      needs: ['purge'],
      run: async (t) => {
        const { memory } = t.backend
        const map = t.keep(memory.mmap(dmabuf(t, 65536), 0n, 65536))
        memory.fill(map, 2n, 0, 65536)
        await t.purge()
        return memory.verify(map, 2n, 0, 65536)
      },
      expected: 65536,
    },
  ],
)
