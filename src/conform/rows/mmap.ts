/** Rows: mmap(2) of buffers. mm/mmap.c, drivers/gpu/drm/drm_gem.c (6.12). */
import { group } from '../row.js'

export const MMAP_ROWS = group(
  'mmap',
  { source: 'mm/mmap.c, drivers/gpu/drm/drm_gem.c (6.12)', needs: ['panfrost'] },
  [
    {
      id: 'unknown-offset',
      name: 'mmap of an offset that the driver did not give is EINVAL',
      run: (t) => {
        const offset = t.offset(t.bo(8192))
        return [0n, offset + 4096n, offset + 1n, 1n << 40n].map((each) =>
          t.answer(t.backend.memory.mmap(t.fd, each, 4096)),
        )
      },
      expected: Array(4).fill('-EINVAL'),
    },
    {
      id: 'length',
      name: 'mmap of more than the buffer has is EINVAL, of its beginning it is not',
      run: (t) => {
        const offset = t.offset(t.bo(8192))
        return [8193, 1 << 20, 8192, 4096, 1].map((size) => {
          const map = t.backend.memory.mmap(t.fd, offset, size)
          return typeof map === 'number' ? t.answer(map) : t.keep(map).lengthBytes
        })
      },
      expected: ['-EINVAL', '-EINVAL', 8192, 4096, 1],
    },
    {
      id: 'other-file',
      name: 'mmap through another open file is EACCES',
      run: (t) => t.answer(t.backend.memory.mmap(t.open(), t.offset(t.bo()), 4096)),
      expected: '-EACCES',
    },
    {
      id: 'closed-bo',
      name: 'mmap of a buffer that is closed is EINVAL',
      run: (t) => {
        const handle = t.bo()
        const offset = t.offset(handle)
        t.backend.drm.gemClose(t.fd, handle)
        return t.answer(t.backend.memory.mmap(t.fd, offset, 4096))
      },
      expected: '-EINVAL',
    },
    {
      id: 'keeps-file-open',
      name: 'a mapping keeps its file open after close: buffers of the file that are not mapped live on too',
      run: (t) => {
        const { drm } = t.backend
        const file = drm.open(t.node)
        const map = t.map(t.bo(4096, 1, file), 4096, file)
        const unmapped = t.offset(t.bo(12288, 1, file), file)
        const close = t.answer(drm.close(file))
        const whileMapped = t.offset(t.bo(12288)) === unmapped
        t.backend.memory.munmap(map)
        return [close, whileMapped]
      },
      expected: [0, false],
    },
    {
      id: 'offset-best-fit',
      name: 'of free ranges of one size a new buffer gets the newest',
      source: 'drivers/gpu/drm/drm_mm.c best_hole(), drm_vma_manager.c (6.12)',
      run: (t) => {
        const handles = Array.from({ length: 7 }, () => t.bo(12288))
        const offsets = handles.map((handle) => t.offset(handle))
        const closed = [1, 5, 3]
        for (const index of closed) t.backend.drm.gemClose(t.fd, handles[index] ?? 0)
        return closed.map(() => offsets.indexOf(t.offset(t.bo(12288))))
      },
      expected: [3, 5, 1],
    },
    {
      id: 'verify-stops',
      name: 'verify touches no page after the first wrong byte',
      source: 'src/backend/memory-calls.ts; drm_gem_shmem_helper.c drm_gem_shmem_fault() (6.12)',
      holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker does it otherwise' },
      run: (t) => {
        const { memory } = t.backend
        const handle = t.bo(8192)
        const map = t.map(handle, 8192)
        const right = memory.verify(map, 1n, 0, 8192)
        // Purged by its word, with its pages: what was not touched before cannot be any more.
        t.madvise(handle, 0xffffffff)
        return [right, t.answer(memory.read(map, 0, 8)), t.answer(memory.read(map, 4096, 8))]
      },
      expected: [0, 'object', 'SIGBUS'],
    },
    {
      id: 'no-memory',
      name: 'mmap of a file that has no memory is ENODEV',
      run: (t) => t.answer(t.backend.memory.mmap(t.open('/dev/null'), 0n, 4096)),
      expected: '-ENODEV',
    },
    {
      id: 'one-memory',
      name: 'two mappings of a buffer are one memory',
      run: (t) => {
        const { handle } = t.filled(6n)
        return t.backend.memory.verify(t.map(handle), 6n, 0, 4096)
      },
      expected: 4096,
    },
    {
      id: 'outlives-handle-and-file',
      name: 'a mapping outlives the handle, and the open file',
      run: (t) => {
        const { drm, panfrost, memory } = t.backend
        const fd = drm.open(t.node)
        const handle = t.bo(4096, 1, fd)
        const { offset } = t.must(panfrost.mmapBo(fd, handle, 0))
        const map = t.keep(memory.mmap(fd, offset, 4096))
        memory.fill(map, 8n, 0, 4096)
        drm.gemClose(fd, handle)
        const first = memory.verify(map, 8n, 0, 4096)
        drm.close(fd)
        return [first, memory.verify(map, 8n, 0, 4096)]
      },
      expected: [4096, 4096],
    },
    {
      id: 'wrong-arguments',
      name: 'arguments of a wrong type or size are a TypeError that no kernel sees',
      run: (t) => {
        const { memory } = t.backend
        const map = t.keep(memory.mapAnonymous(4096))
        const wrong = (value: unknown): never => value as never
        const calls = [
          () => memory.mmap(t.fd, -1n, 1),
          () => memory.mmap(t.fd, 1n << 64n, 1),
          () => memory.mmap(t.fd, wrong(0), 1),
          () => memory.mmap(t.fd, 0n, 0),
          () => memory.mapAnonymous(0),
          () => memory.mapAnonymous(NaN),
          () => memory.munmap(wrong({ lengthBytes: 4096 })),
          () => memory.munmap(wrong(null)),
          () => memory.fill(map, -1n, 0, 1),
          () => memory.fill(map, 1n << 64n, 0, 1),
          () => memory.fill(map, wrong(1), 0, 1),
          () => memory.read(map, -1, 1),
          () => memory.verify(map, 1n, 0.5, 1),
          () => memory.write(map, 0, wrong('text')),
        ]
        return calls.map((call) => t.thrown(call))
      },
      expected: Array(14).fill('TypeError'),
    },
  ],
)
