/** Rows: advice about buffers that are shared. panfrost_drv.c, panfrost_ioctl_madvise(); drm_gem.c (6.12, 7.2). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const RDWR = 0o2000002
const WILLNEED = 0
const DONTNEED = 1

const exported = (t: Trial, handle: number, fd = t.fd) =>
  t.keepFd(t.backend.drm.primeHandleToFd(fd, handle, RDWR))

/** A buffer that two files have. */
function shared(t: Trial) {
  const handle = t.bo()
  const other = t.open()
  return { handle, other, second: t.backend.drm.primeFdToHandle(other, exported(t, handle)) }
}

export const SHARED_MADVISE_ROWS = group(
  'shared-madvise',
  {
    source: 'drivers/gpu/drm/panfrost/panfrost_drv.c, panfrost_gem_shrinker.c (6.12, 7.2)',
    needs: ['panfrost', 'prime'],
  },
  [
    {
      id: 'two-files',
      name: 'DONTNEED is EINVAL for a buffer that two files have, WILLNEED is not',
      run: (t) => {
        const { handle, other, second } = shared(t)
        return [t.madvise(handle, DONTNEED), t.madvise(second, DONTNEED, other), t.madvise(handle, WILLNEED)]
      },
      expected: ['-EINVAL', '-EINVAL', 1],
    },
    {
      id: 'two-files-again-one',
      name: 'once the other file has closed it, DONTNEED is taken',
      run: (t) => {
        const { handle, other, second } = shared(t)
        t.backend.drm.gemClose(other, second)
        return t.madvise(handle, DONTNEED)
      },
      expected: 1,
    },
    {
      id: 'exported',
      name: 'an exported buffer takes DONTNEED, but no purge takes it, also after its dma-buf was closed',
      needs: ['purge'],
      run: async (t) => {
        const { handle, map } = t.filled(5n)
        t.backend.drm.close(t.backend.drm.primeHandleToFd(t.fd, handle, RDWR))
        const advised = t.madvise(handle, DONTNEED)
        await t.purge()
        return [advised, t.madvise(handle, WILLNEED), t.backend.memory.verify(map, 5n, 0, 4096)]
      },
      expected: [1, 1, 4096],
    },
    {
      id: 'exported-then-closed',
      holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker does it otherwise' },
      name: 'a dma-buf whose last handle was closed after DONTNEED is purged under its holders',
      needs: ['purge'],
      run: async (t) => {
        const { drm, memory } = t.backend
        const { handle, map } = t.filled(5n)
        memory.munmap(map)
        const fd = exported(t, handle)
        const through = t.keep(memory.mmap(fd, 0n, 4096))
        t.madvise(handle, DONTNEED)
        drm.gemClose(t.fd, handle)
        await t.purge()
        return t.answer(memory.read(through, 0, 1))
      },
      expected: 'SIGBUS',
    },
    {
      id: 'imported',
      name: 'an imported buffer takes DONTNEED, and no purge takes it',
      needs: ['vgem', 'purge'],
      run: async (t) => {
        const { drm, memory } = t.backend
        const dumb = t.must(drm.createDumb(t.vgem, 64, 16, 32))
        const fd = exported(t, dumb.handle, t.vgem)
        const map = t.keep(memory.mmap(fd, 0n, 4096))
        memory.fill(map, 5n, 0, 4096)
        const handle = drm.primeFdToHandle(t.fd, fd)
        const advised = t.madvise(handle, DONTNEED)
        await t.purge()
        return [advised, t.madvise(handle, WILLNEED), memory.verify(map, 5n, 0, 4096)]
      },
      expected: [1, 1, 4096],
    },
    {
      id: 'imported-heap',
      name: 'a dma-buf of a heap takes DONTNEED, and no purge takes it',
      needs: ['heap', 'purge'],
      run: async (t) => {
        const { drm, memory, dmaHeap } = t.backend
        const fd = t.keepFd(dmaHeap.allocate(t.keepFd(dmaHeap.open('system')), 8192))
        const map = t.keep(memory.mmap(fd, 0n, 8192))
        memory.fill(map, 5n, 0, 8192)
        const handle = drm.primeFdToHandle(t.fd, fd)
        const advised = t.madvise(handle, DONTNEED)
        await t.purge()
        return [advised, t.madvise(handle, WILLNEED), memory.verify(map, 5n, 0, 8192)]
      },
      expected: [1, 1, 8192],
    },
    {
      id: 'purged-can-be-exported',
      holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker does it otherwise' },
      name: 'a purged buffer can be exported, and its dma-buf cannot be read',
      needs: ['purge'],
      run: async (t) => {
        const { memory } = t.backend
        const handle = t.bo()
        t.madvise(handle, DONTNEED)
        await t.purge()
        const map = t.keep(memory.mmap(exported(t, handle), 0n, 4096))
        return t.answer(memory.read(map, 0, 1))
      },
      expected: 'SIGBUS',
    },
    {
      id: 'dontneed-imported-by-another-file',
      name: 'a buffer that is DONTNEED can be imported into another file, which a warning tells of',
      onlyWhenAsked: 'the warning of panfrost_gem_open() taints the kernel',
      run: (t) => {
        const handle = t.bo()
        const fd = exported(t, handle)
        t.madvise(handle, DONTNEED)
        return t.backend.drm.primeFdToHandle(t.open(), fd)
      },
      expected: 1,
    },
    {
      id: 'dontneed-by-a-stranger',
      name: 'DONTNEED of the only file that has it is taken after the maker has closed it',
      run: (t) => {
        const { handle, other, second } = shared(t)
        t.backend.drm.gemClose(t.fd, handle)
        return t.madvise(second, DONTNEED, other)
      },
      expected: 1,
    },
  ],
)
