/** Rows: buffers that leave a file as dma-bufs. drivers/gpu/drm/drm_prime.c, panfrost_gem.c (6.12); IGT prime_mmap. */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const CLOEXEC = 0o2000000
const RDWR = 0o2
const NO_HANDLE = 77

const exported = (t: Trial, handle: number, flags = CLOEXEC | RDWR, fd = t.fd) =>
  t.keepFd(t.backend.drm.primeHandleToFd(fd, handle, flags))
const imported = (t: Trial, dmaBuf: number, fd = t.fd) => t.answer(t.backend.drm.primeFdToHandle(fd, dmaBuf))
const mapped = (t: Trial, dmaBuf: number, sizeBytes: number) =>
  t.keep(t.backend.memory.mmap(dmaBuf, 0n, sizeBytes))

export const PRIME_ROWS = group(
  'prime',
  { source: 'drivers/gpu/drm/drm_prime.c, drivers/dma-buf/dma-buf.c (6.12)', needs: ['panfrost', 'prime'] },
  [
    {
      id: 'export-unknown',
      name: 'PRIME_HANDLE_TO_FD of an unknown handle is ENOENT',
      source: 'IGT prime_mmap test_errors',
      run: (t) =>
        [0, NO_HANDLE].map((handle) => t.answer(t.backend.drm.primeHandleToFd(t.fd, handle, CLOEXEC))),
      expected: ['-ENOENT', '-ENOENT'],
    },
    {
      id: 'export-flags',
      name: 'PRIME_HANDLE_TO_FD takes CLOEXEC and RDWR; other flags are EINVAL',
      source: 'IGT prime_mmap test_errors',
      run: (t) => {
        const handle = t.bo()
        const flags = [0, CLOEXEC, RDWR, CLOEXEC | RDWR].map((each) => exported(t, handle, each) > 0)
        return [
          ...flags,
          ...[1, 4, 0o4000].map((each) => t.answer(t.backend.drm.primeHandleToFd(t.fd, handle, each))),
        ]
      },
      expected: [true, true, true, true, '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'import-refused',
      name: 'PRIME_FD_TO_HANDLE is EBADF for a closed descriptor, EINVAL for what is no dma-buf',
      source: 'IGT prime_mmap test_errors',
      run: (t) => [imported(t, 999_999), imported(t, t.fd), imported(t, t.open('/dev/null'))],
      expected: ['-EBADF', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'import-own',
      name: 'a file that imports its own buffer gets the handle that it has',
      run: (t) => {
        const handle = t.bo()
        return imported(t, exported(t, handle)) === handle
      },
      expected: true,
    },
    {
      id: 'export-twice',
      name: 'a buffer has one dma-buf, however often it is exported',
      run: (t) => {
        const [handle, other] = [t.bo(), t.bo()]
        const inodes = [handle, handle, other].map(
          (each) => t.must(t.backend.dmaBuf.inode(exported(t, each))).inode,
        )
        return [inodes[0] === inodes[1], inodes[0] === inodes[2]]
      },
      expected: [true, false],
    },
    {
      id: 'reprime',
      name: 'after the dma-buf is closed the buffer can be exported again, with the same content',
      source: 'IGT prime_mmap test_reprime',
      run: (t) => {
        const { handle } = t.filled(5n)
        t.backend.drm.close(t.backend.drm.primeHandleToFd(t.fd, handle, CLOEXEC | RDWR))
        return t.backend.memory.verify(mapped(t, exported(t, handle), 4096), 5n, 0, 4096)
      },
      expected: 4096,
    },
    {
      id: 'size',
      name: 'a dma-buf has the size of its buffer',
      run: (t) => [4096, 12288, 5000].map((size) => t.backend.dmaHeap.size(exported(t, t.bo(size)))),
      expected: [4096, 12288, 8192],
    },
    {
      id: 'mmap-correct',
      name: 'a mapping of the dma-buf shows the content, and what is written to it shows in the buffer',
      source: 'IGT prime_mmap test_correct',
      run: (t) => {
        const { memory } = t.backend
        const { handle, map } = t.filled(5n, 8192)
        const through = mapped(t, exported(t, handle), 8192)
        const first = memory.verify(through, 5n, 0, 8192)
        memory.fill(through, 6n, 0, 8192)
        return [first, memory.verify(map, 6n, 0, 8192)]
      },
      expected: [8192, 8192],
    },
    {
      id: 'mmap-read-only',
      name: 'a dma-buf that was exported without RDWR cannot be mapped to write',
      run: (t) => t.answer(t.backend.memory.mmap(exported(t, t.bo(), CLOEXEC), 0n, 4096)),
      expected: '-EACCES',
    },
    {
      id: 'mmap-too-much',
      name: 'twice its size of a dma-buf cannot be mapped',
      source: 'IGT prime_mmap test_invalid_mmap / test_errors',
      run: (t) => t.answer(t.backend.memory.mmap(exported(t, t.bo(8192)), 0n, 16384)),
      expected: '-EINVAL',
    },
    {
      id: 'map-unmap',
      name: 'a dma-buf that was unmapped can be mapped again',
      source: 'IGT prime_mmap test_map_unmap',
      run: (t) => {
        const fd = exported(t, t.filled(5n).handle)
        t.backend.memory.munmap(mapped(t, fd, 4096))
        return t.backend.memory.verify(mapped(t, fd, 4096), 5n, 0, 4096)
      },
      expected: 4096,
    },
    {
      id: 'refcounting',
      name: 'a dma-buf can be mapped after its buffer was closed, and the mapping outlives the dma-buf',
      source: 'IGT prime_mmap test_refcounting',
      run: (t) => {
        const { drm, memory } = t.backend
        const { handle, map } = t.filled(5n)
        memory.munmap(map)
        const fd = drm.primeHandleToFd(t.fd, handle, CLOEXEC | RDWR)
        drm.gemClose(t.fd, handle)
        const through = mapped(t, fd, 4096)
        drm.close(fd)
        return memory.verify(through, 5n, 0, 4096)
      },
      expected: 4096,
    },
    {
      id: 'sync-flags',
      name: 'SYNC of an exported buffer takes a direction with or without END, and nothing else',
      source: 'IGT prime_mmap test_invalid_sync_flags',
      run: (t) => {
        const fd = exported(t, t.bo())
        return [1, 2, 3, 5, 6, 7, 0, 4, 8, 0x8000_0000].map((flags) =>
          t.answer(t.backend.dmaHeap.sync(fd, flags)),
        )
      },
      expected: [0, 0, 0, 0, 0, 0, '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'import-other-file',
      name: 'another file of the device gets the same memory, under an address of its own space',
      needs: ['get-bo-offset'],
      run: (t) => {
        const { panfrost, memory, drm } = t.backend
        const { handle } = t.filled(5n)
        const other = t.open()
        const second = drm.primeFdToHandle(other, exported(t, handle))
        const address = t.must(panfrost.getBoOffset(other, second)).gpuAddress
        return [memory.verify(t.map(second, 4096, other), 5n, 0, 4096), address > 0n]
      },
      expected: [4096, true],
    },
    {
      id: 'import-after-close',
      name: 'a dma-buf whose buffer was closed can be imported again: a new handle, the same content',
      run: (t) => {
        const { drm, memory } = t.backend
        const { handle } = t.filled(5n)
        const fd = exported(t, handle)
        drm.gemClose(t.fd, handle)
        const again = drm.primeFdToHandle(t.fd, fd)
        return [again > 0, memory.verify(t.map(again), 5n, 0, 4096)]
      },
      expected: [true, 4096],
    },
    {
      id: 'import-twice-one-close',
      name: 'a handle that was imported twice is one handle: one GEM_CLOSE takes it',
      run: (t) => {
        const other = t.open()
        const fd = exported(t, t.bo())
        const [first, second] = [imported(t, fd, other), imported(t, fd, other)]
        const closes = [0, 0].map(() => t.answer(t.backend.drm.gemClose(other, Number(first))))
        return [first === second, ...closes]
      },
      expected: [true, 0, '-EINVAL'],
    },
    {
      id: 'import-vgem',
      name: "a buffer of another device's has an address of the GPU",
      source: 'IGT panfrost_prime gem-prime-import',
      needs: ['vgem', 'get-bo-offset'],
      run: (t) => {
        const { drm, panfrost } = t.backend
        const dumb = t.must(drm.createDumb(t.vgem, 64, 64, 32))
        const fd = exported(t, dumb.handle, CLOEXEC | RDWR, t.vgem)
        const handle = drm.primeFdToHandle(t.fd, fd)
        return t.must(panfrost.getBoOffset(t.fd, handle)).gpuAddress !== 0n
      },
      expected: true,
    },
    {
      id: 'import-heap',
      name: 'a dma-buf of the system heap can be imported',
      needs: ['heap', 'get-bo-offset'],
      run: (t) => {
        const { drm, panfrost, dmaHeap } = t.backend
        const heap = t.keepFd(dmaHeap.open('system'))
        const handle = drm.primeFdToHandle(t.fd, t.keepFd(dmaHeap.allocate(heap, 65536)))
        return t.must(panfrost.getBoOffset(t.fd, handle)).gpuAddress !== 0n
      },
      expected: true,
    },
    {
      id: 'import-offset',
      name: 'an imported buffer has its offset for mmap from the import on, before anybody asks',
      source: 'drm_gem_shmem_helper.c __drm_gem_shmem_create() (6.12)',
      needs: ['vgem'],
      run: (t) => {
        const { drm } = t.backend
        const dumb = t.must(drm.createDumb(t.vgem, 64, 48, 32))
        const fd = exported(t, dumb.handle, CLOEXEC | RDWR, t.vgem)
        const [before, closed, after] = [t.bo(12288), t.bo(12288), t.bo(12288)]
        const free = t.offset(closed)
        drm.gemClose(t.fd, closed)
        const imported = drm.primeFdToHandle(t.fd, fd)
        const next = t.bo(12288)
        return [t.offset(imported) === free, [before, after, next].some((bo) => t.offset(bo) === free)]
      },
      expected: [true, false],
    },
    {
      id: 'close-order',
      name: 'a file that is closed frees its exported buffers last, in the reverse order of their handles',
      source: 'fs/file_table.c fput(), kernel/task_work.c task_work_run() (6.12)',
      run: (t) => {
        const { drm } = t.backend
        const file = drm.open(t.node)
        const offsets = [false, true, true, false].map((isExported) => {
          const handle = t.bo(12288, 1, file)
          if (isExported) drm.close(drm.primeHandleToFd(file, handle, CLOEXEC))
          // Between any two, so that what becomes free does not join.
          t.bo(12288)
          return t.offset(handle, file)
        })
        drm.close(file)
        return offsets.map(() => offsets.indexOf(t.offset(t.bo(12288))))
      },
      expected: [1, 2, 3, 0],
    },
    {
      id: 'imported-mmap',
      name: 'an imported buffer is mapped through its dma-buf: MMAP_BO gives an offset all the same',
      needs: ['vgem'],
      run: (t) => {
        const { drm, memory } = t.backend
        const dumb = t.must(drm.createDumb(t.vgem, 64, 16, 32))
        const fd = exported(t, dumb.handle, CLOEXEC | RDWR, t.vgem)
        memory.fill(mapped(t, fd, 4096), 9n, 0, 4096)
        return memory.verify(t.map(drm.primeFdToHandle(t.fd, fd)), 9n, 0, 4096)
      },
      expected: 4096,
    },
  ],
)
