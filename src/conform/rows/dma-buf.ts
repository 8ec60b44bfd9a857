/** Rows: names, numbers, readiness and content of dma-bufs of a heap. drivers/dma-buf (6.12); selftests/dmabuf-heaps. */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const [POLLIN, POLLOUT, POLLNVAL] = [1, 4, 32]
const MIB = 1 << 20

const heap = (t: Trial) => t.keepFd(t.backend.dmaHeap.open('system'))
const made = (t: Trial, sizeBytes = 4096) => t.keepFd(t.backend.dmaHeap.allocate(heap(t), sizeBytes))

/** Fills as many buffers, gives them back, and looks whether as many new ones are zeroed. */
function zeroedAgain(t: Trial, count: number, sizeBytes: number): boolean {
  const { memory, dmaHeap } = t.backend
  const round = (use: (map: ReturnType<Trial['keep']>) => boolean) => {
    const buffers = Array.from({ length: count }, () => {
      const fd = dmaHeap.allocate(heap(t), sizeBytes)
      return { fd, map: t.must(memory.mmap(fd, 0n, sizeBytes)) }
    })
    const results = buffers.map(({ map }) => use(map))
    for (const { fd, map } of buffers) {
      memory.munmap(map)
      dmaHeap.close(fd)
    }
    return results.every(Boolean)
  }
  round((map) => memory.fill(map, 0xffn, 0, sizeBytes) === 0)
  return round((map) => t.must(memory.read(map, 0, sizeBytes)).every((byte) => byte === 0))
}

export const DMA_BUF_ROWS = group(
  'dma-buf',
  { source: 'drivers/dma-buf/dma-buf.c (6.12)', needs: ['heap'] },
  [
    {
      id: 'zeroed-4k',
      name: '32 buffers of 4 KiB that were filled and given back are zeroed when they come again',
      source: 'selftests/dmabuf-heaps test_alloc_zeroed',
      run: (t) => zeroedAgain(t, 32, 4096),
      expected: true,
    },
    {
      id: 'zeroed-1m',
      name: '32 buffers of 1 MiB that were filled and given back are zeroed when they come again',
      source: 'selftests/dmabuf-heaps test_alloc_zeroed',
      run: (t) => zeroedAgain(t, 32, MIB),
      expected: true,
    },
    {
      id: 'bad-fd',
      name: 'an allocation from a descriptor that is not open is EBADF',
      source: 'selftests/dmabuf-heaps test_alloc_errors',
      run: (t) => t.answer(t.backend.dmaHeap.allocate(999_999, 4096)),
      expected: '-EBADF',
    },
    {
      id: 'sync-bracket',
      name: 'a bracket of SYNC around a mapping of 1 MiB, imported elsewhere, is taken',
      source: 'selftests/dmabuf-heaps test_alloc_and_import',
      needs: ['vgem'],
      run: (t) => {
        const { drm, dmaHeap } = t.backend
        const fd = made(t, MIB)
        const handle = drm.primeFdToHandle(t.vgem, fd)
        const answers = [3, 7].map((flags) => t.answer(dmaHeap.sync(fd, flags)))
        return [handle > 0, ...answers, t.answer(drm.gemClose(t.vgem, handle))]
      },
      expected: [true, 0, 0, 0],
    },
    {
      id: 'name',
      name: 'a name may have 31 bytes; a longer one is EINVAL',
      needs: ['dma-buf-name'],
      run: (t) => {
        const fd = made(t)
        return ['', 'a', 'x'.repeat(31), 'x'.repeat(32)].map((name) =>
          t.answer(t.backend.dmaBuf.setName(fd, name)),
        )
      },
      expected: [0, 0, 0, '-EINVAL'],
    },
    {
      id: 'inode',
      name: 'each dma-buf has a number of its own',
      run: (t) => {
        const inodes = [made(t), made(t), made(t)].map((fd) => t.must(t.backend.dmaBuf.inode(fd)).inode)
        return [new Set(inodes).size, t.answer(t.backend.dmaBuf.inode(999_999))]
      },
      expected: [3, '-EBADF'],
    },
    {
      id: 'poll',
      name: 'a dma-buf without fences is ready for all; a descriptor that is not open is POLLNVAL',
      run: (t) => {
        const { dmaBuf } = t.backend
        return [
          dmaBuf.poll(made(t), POLLIN | POLLOUT, 0),
          dmaBuf.poll(made(t), POLLIN, 0),
          dmaBuf.poll(999_999, POLLIN, 0),
        ]
      },
      expected: [POLLIN | POLLOUT, POLLIN, POLLNVAL],
    },
    {
      id: 'sync-file',
      name: 'the sync file of a dma-buf without fences is signalled; for no use or an unknown one it is EINVAL',
      needs: ['dma-buf-sync-file'],
      run: (t) => {
        const { dmaBuf, syncFile } = t.backend
        const fd = made(t)
        const file = t.keepFd(dmaBuf.exportSyncFile(fd, 3))
        const states = [t.must(syncFile.info(file)).status, dmaBuf.importSyncFile(fd, 2, file)]
        return [...states, ...[0, 4].map((flags) => t.answer(dmaBuf.exportSyncFile(fd, flags)))]
      },
      expected: [1, 0, '-EINVAL', '-EINVAL'],
    },
    {
      id: 'sync-file-close',
      name: 'a sync file can be closed once',
      needs: ['dma-buf-sync-file'],
      run: (t) => {
        const file = t.backend.dmaBuf.exportSyncFile(made(t), 1)
        return [0, 0].map(() => t.answer(t.backend.syncFile.close(file)))
      },
      expected: [0, '-EBADF'],
    },
    {
      id: 'allocate-on-a-thread',
      name: 'an allocation on a thread is the same, and none is left when it was cancelled or refused',
      run: async (t) => {
        const { blocking, dmaHeap } = t.backend
        const fd = t.keepFd(await blocking.heapAllocate(heap(t), 5000).result)
        return [dmaHeap.size(fd), t.answer(await blocking.heapAllocate(heap(t), 0).result)]
      },
      expected: [8192, '-EINVAL'],
    },
    {
      id: 'many',
      name: 'a hundred dma-bufs are apart from each other',
      run: (t) => {
        const { memory } = t.backend
        const maps = Array.from({ length: 100 }, () => t.keep(memory.mmap(made(t, 8192), 0n, 8192)))
        maps.forEach((map, index) => memory.fill(map, BigInt(index), 0, 8192))
        return maps.every((map, index) => memory.verify(map, BigInt(index), 0, 8192) === 8192)
      },
      expected: true,
    },
  ],
)
