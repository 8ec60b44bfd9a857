/** Rows: what a purge takes, and what is left of a purged buffer. panfrost_gem_shrinker.c (6.12). */
import { group } from '../row.js'

const NOEXEC = 1
const HEAP = 2
const WILLNEED = 0
const DONTNEED = 1

export const PURGE_ROWS = group(
  'purge',
  {
    source: 'drivers/gpu/drm/panfrost/panfrost_gem_shrinker.c, drm_gem_shmem_helper.c (6.12, 7.2)',
    needs: ['panfrost', 'purge'],
  },
  [
    {
      id: 'dontneed-is-purged-for-ever',
      name: 'takes a DONTNEED buffer, and says so for ever',
      run: async (t) => {
        const handle = t.bo(65536)
        t.madvise(handle, DONTNEED)
        await t.purge()
        return [WILLNEED, DONTNEED, WILLNEED, 5].map((advice) => t.madvise(handle, advice))
      },
      expected: [0, 0, 0, 0],
    },
    {
      id: 'willneed-is-left',
      name: 'leaves a WILLNEED buffer alone, also one that was DONTNEED before',
      run: async (t) => {
        const { memory } = t.backend
        const [never, back] = [t.filled(1n, 65536), t.filled(2n, 65536)]
        t.madvise(back.handle, DONTNEED)
        t.madvise(back.handle, WILLNEED)
        await t.purge()
        return [
          memory.verify(never.map, 1n, 0, 65536),
          memory.verify(back.map, 2n, 0, 65536),
          t.madvise(never.handle, WILLNEED),
          t.madvise(back.handle, WILLNEED),
        ]
      },
      expected: [65536, 65536, 1, 1],
    },
    {
      id: 'whole-and-all',
      holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker does it otherwise' },
      name: 'takes whole buffers, and all that are listed',
      run: async (t) => {
        const handles = [4096, 1 << 20, 12288, 4096].map((size) => t.bo(size))
        for (const handle of handles) t.madvise(handle, DONTNEED)
        await t.purge()
        return handles.map((handle) => t.madvise(handle, WILLNEED))
      },
      expected: [0, 0, 0, 0],
    },
    {
      id: 'heap-bo-is-left',
      name: 'takes no heap buffer, which has no page list',
      run: async (t) => {
        const handle = t.bo(1 << 21, HEAP | NOEXEC)
        t.madvise(handle, DONTNEED)
        await t.purge()
        return t.madvise(handle, WILLNEED)
      },
      expected: 1,
    },
    {
      id: 'unknown-advice',
      holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker does it otherwise' },
      name: 'takes a buffer with an unknown advice only when DONTNEED had listed it before',
      run: async (t) => {
        const [listed, unlisted] = [t.bo(), t.bo()]
        t.madvise(listed, DONTNEED)
        t.madvise(listed, 5)
        t.madvise(unlisted, 5)
        await t.purge()
        return [t.madvise(listed, WILLNEED), t.madvise(unlisted, WILLNEED)]
      },
      expected: [0, 1],
    },
    {
      id: 'mapped-raises-sigbus',
      name: 'takes a mapped buffer as well: from then on every access raises SIGBUS',
      run: async (t) => {
        const { memory } = t.backend
        const { handle, map } = t.filled(9n, 8192)
        t.madvise(handle, DONTNEED)
        await t.purge()
        return [
          t.answer(memory.read(map, 0, 1)),
          t.answer(memory.read(map, 8191, 1)),
          t.answer(memory.verify(map, 9n, 0, 8192)),
          t.answer(memory.fill(map, 9n, 0, 8192)),
          t.answer(memory.write(map, 4096, new Uint8Array(1))),
          t.answer(memory.verify(map, 9n, 0, 0)),
          t.answer(memory.munmap(map)),
        ]
      },
      expected: ['SIGBUS', 'SIGBUS', 'SIGBUS', 'SIGBUS', 'SIGBUS', 0, 0],
    },
    {
      id: 'offset-is-freed',
      holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker does it otherwise' },
      name: 'frees the offset: it can be asked for again, mapped again, and raises SIGBUS',
      run: async (t) => {
        const { memory } = t.backend
        const handle = t.bo(8192)
        const before = t.offset(handle)
        t.madvise(handle, DONTNEED)
        await t.purge()
        const old = t.answer(memory.mmap(t.fd, before, 8192))
        const map = t.map(handle, 8192)
        return [
          old,
          t.answer(memory.read(map, 0, 1)),
          t.answer(memory.fill(map, 1n, 0, 8192)),
          t.madvise(handle, 0),
        ]
      },
      expected: ['-EINVAL', 'SIGBUS', 'SIGBUS', 0],
    },
    {
      id: 'handle-can-be-closed',
      name: 'leaves a handle that can be closed, and used for a new buffer that is none of that',
      run: async (t) => {
        const handle = t.bo()
        t.madvise(handle, DONTNEED)
        await t.purge()
        const closed = t.backend.drm.gemClose(t.fd, handle)
        const fresh = t.filled(4n)
        return [
          closed,
          fresh.handle === handle,
          t.madvise(fresh.handle, WILLNEED),
          t.backend.memory.verify(fresh.map, 4n, 0, 4096),
        ]
      },
      expected: [0, true, 1, 4096],
    },
    {
      id: 'other-file',
      name: 'takes what another open file has listed, too',
      run: async (t) => {
        const other = t.open()
        const handle = t.bo(4096, NOEXEC, other)
        t.backend.panfrost.madvise(other, handle, DONTNEED)
        await t.purge()
        return t.backend.panfrost.madvise(other, handle, WILLNEED)
      },
      expected: 0,
    },
  ],
)
