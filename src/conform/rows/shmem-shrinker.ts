/**
 * Rows: Panfrost under the generic shrinker of the drm-shmem helper, a series that was posted up to v19 and not merged.
 * Where a row leaves out the shrinker, it is about what today's kernels do otherwise.
 */
import { parseDrmFdinfo } from '../../device/fdinfo.js'
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const NOEXEC = 1
const HEAP = 2
const WILLNEED = 0
const DONTNEED = 1
const NEGATIVE = 0xffff_ffff
const KIB_64 = 65536
const RDWR = 0o2000002

const PANFROST = 'drm/panfrost: Switch to generic memory shrinker, v16 20/20'
const HELPER = 'drm/shmem-helper: Add memory shrinker, v17 13/18'

const submit = (t: Trial, ...handles: number[]) => {
  const none = { jc: 4096n, requirements: 0, inSyncs: new Uint32Array(), outSync: 0, jmCtxHandle: 0 }
  return t.answer(t.backend.panfrost.submit(t.fd, { ...none, boHandles: Uint32Array.from(handles) }))
}
const exported = (t: Trial, handle: number) => t.keepFd(t.backend.drm.primeHandleToFd(t.fd, handle, RDWR))
const imported = (t: Trial, dmaBuf: number, fd: number) => t.backend.drm.primeFdToHandle(fd, dmaBuf)
/** KiB. */
const resident = (t: Trial) =>
  Number((parseDrmFdinfo(t.must(t.backend.fdinfo.read(t.fd)).text)?.memory['memory']?.resident ?? 0n) / 1024n)
async function purged(t: Trial, sizeBytes = 4096) {
  const made = t.filled(5n, sizeBytes)
  t.madvise(made.handle, DONTNEED)
  await t.purge()
  return made
}

export const SHMEM_SHRINKER_ROWS = group(
  'shmem-shrinker',
  { source: HELPER, needs: ['panfrost', 'shmem-shrinker', 'purge'] },
  [
    {
      id: 'submit-dontneed',
      name: 'a job with a DONTNEED buffer is ENOMEM, wherever in the list it stands',
      source: PANFROST,
      run: (t) => {
        const [needed, not] = [t.bo(), t.bo()]
        t.madvise(not, DONTNEED)
        return [submit(t, not), submit(t, needed, not), submit(t, not, needed)]
      },
      expected: ['-ENOMEM', '-ENOMEM', '-ENOMEM'],
    },
    {
      id: 'submit-purged',
      name: 'a job with a purged buffer is ENOMEM',
      source: PANFROST,
      run: async (t) => submit(t, (await purged(t)).handle),
      expected: '-ENOMEM',
    },
    {
      id: 'submit-unknown-advice',
      name: 'a job with a buffer of any other advice is ENOMEM, too',
      source: PANFROST,
      run: (t) =>
        [5, NEGATIVE].map((advice) => {
          const handle = t.bo()
          t.madvise(handle, advice)
          return submit(t, handle)
        }),
      expected: ['-ENOMEM', '-ENOMEM'],
    },
    {
      id: 'submit-order',
      name: 'the advice is looked at last: ENOENT and EALREADY come before',
      source: PANFROST,
      run: (t) => {
        const handle = t.bo()
        t.madvise(handle, DONTNEED)
        return [submit(t, handle, 77), submit(t, handle, handle)]
      },
      expected: ['-ENOENT', '-EALREADY'],
    },
    {
      id: 'heap-advice',
      name: 'a heap is retained, whatever is said of it, and nothing is remembered',
      source: PANFROST,
      run: (t) => {
        const heap = t.bo(2 << 20, HEAP | NOEXEC)
        return [DONTNEED, NEGATIVE, WILLNEED].map((advice) => t.madvise(heap, advice))
      },
      expected: [1, 1, 1],
    },
    {
      id: 'heap-in-two-files',
      name: 'a heap of two files takes DONTNEED, where other buffers are EINVAL',
      source: PANFROST,
      needs: ['prime'],
      run: (t) =>
        [HEAP | NOEXEC, NOEXEC].map((flags) => {
          const handle = t.bo(2 << 20, flags)
          imported(t, exported(t, handle), t.open())
          return t.madvise(handle, DONTNEED)
        }),
      expected: [1, '-EINVAL'],
    },
    {
      id: 'two-files-keep-content',
      name: 'a buffer of two files is neither purged nor evicted',
      needs: ['prime'],
      run: async (t) => {
        const { handle, map } = t.filled(7n, KIB_64)
        imported(t, exported(t, handle), t.open())
        t.madvise(handle, DONTNEED)
        await t.purge()
        return [t.backend.memory.verify(map, 7n, 0, KIB_64), t.madvise(handle, WILLNEED)]
      },
      expected: [KIB_64, 1],
    },
    {
      id: 'one-batch',
      name: 'a scan that leaves nothing behind counts as stopped: drop_caches takes one batch of 128 pages',
      run: async (t) => {
        const handles = [4096, 1 << 20, 12288, 4096].map((size) => t.bo(size))
        for (const handle of handles) t.madvise(handle, DONTNEED)
        await t.purge()
        return handles.map((handle) => t.madvise(handle, WILLNEED))
      },
      expected: [0, 0, 1, 1],
    },
    {
      id: 'rounds',
      name: 'the next rounds take the rest',
      run: async (t) => {
        const handles = [1 << 20, 1 << 20, 1 << 20].map((size) => t.bo(size))
        for (const handle of handles) t.madvise(handle, DONTNEED)
        for (let round = 0; round < handles.length; round++) await t.purge()
        return handles.map((handle) => t.madvise(handle, WILLNEED))
      },
      expected: [0, 0, 0],
    },
    {
      id: 'unknown-advice',
      name: 'any advice above 0 makes a buffer purgeable, without DONTNEED before',
      run: async (t) => {
        const handle = t.bo()
        t.madvise(handle, 5)
        await t.purge()
        return t.madvise(handle, WILLNEED)
      },
      expected: 0,
    },
    {
      id: 'mmap-purged',
      name: 'a purged buffer can be given an offset, and mmap of it is ENOMEM',
      run: async (t) => {
        const { handle } = await purged(t)
        return t.answer(t.backend.memory.mmap(t.fd, t.offset(handle), 4096))
      },
      expected: '-ENOMEM',
    },
    {
      id: 'mmap-negative-advice',
      name: 'mmap of a buffer with a negative advice is ENOMEM, though its pages are there',
      run: (t) => {
        const handle = t.bo()
        t.madvise(handle, NEGATIVE)
        return t.answer(t.backend.memory.mmap(t.fd, t.offset(handle), 4096))
      },
      expected: '-ENOMEM',
    },
    {
      id: 'mapped-sigbus',
      name: 'a mapping of a purged buffer raises SIGBUS, and can be unmapped',
      run: async (t) => {
        const { map } = await purged(t, 8192)
        const { memory } = t.backend
        return [t.answer(memory.read(map, 0, 1)), t.answer(memory.read(map, 8191, 1)), memory.munmap(map)]
      },
      expected: ['SIGBUS', 'SIGBUS', 0],
    },
    {
      id: 'mapped-pages-go',
      name: 'the pages of a purged buffer go at once, also while it is mapped',
      needs: ['fdinfo'],
      run: async (t) => {
        await purged(t, KIB_64)
        return resident(t)
      },
      expected: 0,
    },
    {
      id: 'import-purged',
      name: 'a purged buffer cannot be opened in another file: ENOMEM',
      needs: ['prime'],
      onlyWhenAsked: 'panfrost_mmu_map() warns of it, which taints the kernel',
      run: async (t) => {
        const fd = exported(t, (await purged(t)).handle)
        return t.answer(t.backend.drm.primeFdToHandle(t.open(), fd))
      },
      expected: '-ENOMEM',
    },
    {
      id: 'exported-then-closed',
      name: 'a dma-buf whose last handle was closed after DONTNEED is left: it was listed as pinned',
      needs: ['prime'],
      run: async (t) => {
        const { drm, memory } = t.backend
        const { handle } = t.filled(5n)
        const through = t.keep(memory.mmap(exported(t, handle), 0n, 4096))
        t.madvise(handle, DONTNEED)
        drm.gemClose(t.fd, handle)
        await t.purge()
        return memory.verify(through, 5n, 0, 4096)
      },
      expected: 4096,
    },
    {
      id: 'needed-is-not-evicted',
      name: 'Panfrost of the series gives up nothing that is needed',
      source: PANFROST,
      needs: ['fdinfo'],
      holds: { lacks: 'shmem-eviction', why: 'this driver evicts' },
      run: async (t) => {
        t.bo(KIB_64)
        await t.purge()
        return resident(t)
      },
      expected: 64,
    },
    {
      id: 'evicted',
      name: 'what is needed is evicted, and not resident until it is touched; its content is whole',
      needs: ['fdinfo', 'shmem-eviction'],
      run: async (t) => {
        const { map } = t.filled(11n, KIB_64)
        await t.purge()
        const evicted = resident(t)
        return [evicted, t.backend.memory.verify(map, 11n, 0, KIB_64), resident(t)]
      },
      expected: [0, KIB_64, 64],
    },
    {
      id: 'evicted-then-mapped',
      name: 'mmap of an evicted buffer brings nothing back, the first touch does',
      needs: ['fdinfo', 'shmem-eviction'],
      run: async (t) => {
        const { handle, map } = t.filled(12n, KIB_64)
        t.backend.memory.munmap(map)
        await t.purge()
        const again = t.map(handle, KIB_64)
        const mapped = resident(t)
        return [mapped, t.answer(t.backend.memory.read(again, 0, 1)), resident(t)]
      },
      expected: [0, 'object', 64],
    },
    {
      id: 'evicted-then-purged',
      name: 'an evicted buffer that is not needed any more is purged',
      needs: ['shmem-eviction'],
      run: async (t) => {
        const { handle, map } = t.filled(13n, KIB_64)
        await t.purge()
        const advised = t.madvise(handle, DONTNEED)
        await t.purge()
        return [advised, t.answer(t.backend.memory.read(map, 0, 1)), t.madvise(handle, WILLNEED)]
      },
      expected: [1, 'SIGBUS', 0],
    },
    {
      id: 'evicted-keeps-address',
      name: 'an evicted buffer keeps its address, which nobody else is given',
      needs: ['shmem-eviction', 'get-bo-offset'],
      run: async (t) => {
        const { panfrost } = t.backend
        const address = (handle: number) => t.must(panfrost.getBoOffset(t.fd, handle)).gpuAddress
        const handle = t.bo(KIB_64)
        const before = address(handle)
        await t.purge()
        return [address(handle) === before, address(t.bo(KIB_64)) === before]
      },
      expected: [true, false],
    },
    {
      id: 'exported-is-not-evicted',
      name: 'an exported buffer is not evicted',
      needs: ['fdinfo', 'prime', 'shmem-eviction'],
      run: async (t) => {
        exported(t, t.bo(KIB_64))
        await t.purge()
        return resident(t)
      },
      expected: 64,
    },
  ],
)
