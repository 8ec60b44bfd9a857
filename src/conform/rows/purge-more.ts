/** Rows: what else a purge does and leaves. panfrost_gem_shrinker.c, drm_gem_shmem_helper.c (6.12, 7.2); IGT vc4_purgeable_bo. */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const NOEXEC = 1
const WILLNEED = 0
const DONTNEED = 1

async function purged(t: Trial, sizeBytes = 4096) {
  const made = t.filled(5n, sizeBytes)
  t.madvise(made.handle, DONTNEED)
  await t.purge()
  return made
}

export const PURGE_MORE_ROWS = group(
  'purge-more',
  {
    source: 'drivers/gpu/drm/panfrost/panfrost_gem_shrinker.c, drm_gem_shmem_helper.c (6.12, 7.2)',
    needs: ['panfrost', 'purge'],
  },
  [
    {
      id: 'mark-unpurgeable-check-retained',
      name: 'a buffer that was DONTNEED and is needed again is retained',
      source: 'IGT vc4_purgeable_bo mark-unpurgeable-check-retained',
      run: async (t) => {
        const { handle, map } = t.filled(5n)
        const answers = [t.madvise(handle, DONTNEED), t.madvise(handle, WILLNEED)]
        await t.purge()
        return [...answers, t.backend.memory.verify(map, 5n, 0, 4096)]
      },
      expected: [1, 1, 4096],
    },
    {
      id: 'mark-unpurgeable-purged',
      name: 'a buffer that was purged is not retained',
      source: 'IGT vc4_purgeable_bo mark-unpurgeable-purged',
      run: async (t) => t.madvise((await purged(t)).handle, WILLNEED),
      expected: 0,
    },
    {
      id: 'free-purged-bo',
      name: 'a purged buffer can be closed once',
      source: 'IGT vc4_purgeable_bo free-purged-bo',
      run: async (t) => {
        const { handle } = await purged(t)
        return [0, 0].map(() => t.answer(t.backend.drm.gemClose(t.fd, handle)))
      },
      expected: [0, '-EINVAL'],
    },
    {
      id: 'dontneed-before-mmap',
      holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker does it otherwise' },
      name: 'a buffer that is mapped after it was purged raises SIGBUS',
      source: 'IGT gem_madvise dontneed-before-mmap',
      run: async (t) => {
        const handle = t.bo()
        t.madvise(handle, DONTNEED)
        await t.purge()
        return t.answer(t.backend.memory.read(t.map(handle), 0, 1))
      },
      expected: 'SIGBUS',
    },
    {
      id: 'dontneed-after-mmap',
      name: 'a buffer that is mapped when it is purged raises SIGBUS',
      source: 'IGT gem_madvise dontneed-after-mmap',
      run: async (t) => t.answer(t.backend.memory.read((await purged(t)).map, 0, 1)),
      expected: 'SIGBUS',
    },
    {
      id: 'every-page',
      name: 'every page of a purged buffer raises SIGBUS, and of two mappings both do',
      run: async (t) => {
        const { handle, map } = t.filled(5n, 65536)
        const second = t.map(handle, 65536)
        t.madvise(handle, DONTNEED)
        await t.purge()
        const pages = Array.from({ length: 16 }, (_, page) => page * 4096)
        return [
          ...new Set(
            [map, second].flatMap((each) => pages.map((at) => t.answer(t.backend.memory.read(each, at, 1)))),
          ),
        ]
      },
      expected: ['SIGBUS'],
    },
    {
      id: 'copy-and-hash',
      name: 'copies from and to a purged buffer, and its hash, raise SIGBUS; the other side is as it was',
      run: async (t) => {
        const { memory } = t.backend
        const plain = t.filled(7n).map
        const { map } = await purged(t)
        return [
          t.answer(memory.copy(plain, 0, map, 0, 4096)),
          t.answer(memory.copy(map, 0, plain, 0, 4096)),
          t.answer(memory.hash(map, 0, 4096)),
          memory.verify(plain, 7n, 0, 4096),
        ]
      },
      expected: ['SIGBUS', 'SIGBUS', 'SIGBUS', 4096],
    },
    {
      id: 'requests-on-purged',
      name: 'GET_BO_OFFSET of a purged buffer tells the address that it had, WAIT_BO is 0',
      needs: ['get-bo-offset', 'wait-bo'],
      run: async (t) => {
        const { panfrost } = t.backend
        const { handle, gpuAddress } = t.must(panfrost.createBo(t.fd, 4096, NOEXEC))
        t.madvise(handle, DONTNEED)
        await t.purge()
        const told = t.must(panfrost.getBoOffset(t.fd, handle)).gpuAddress
        return [told === gpuAddress, t.answer(panfrost.waitBo(t.fd, handle, 0n))]
      },
      expected: [true, 0],
    },
    {
      id: 'address-is-given-again',
      name: 'the GPU address of a purged buffer is given to the next one',
      run: async (t) => {
        const { panfrost } = t.backend
        const first = t.must(panfrost.createBo(t.fd, 4096, NOEXEC))
        t.madvise(first.handle, DONTNEED)
        await t.purge()
        return t.must(panfrost.createBo(t.fd, 4096, NOEXEC)).gpuAddress === first.gpuAddress
      },
      expected: true,
    },
    {
      id: 'label-and-query',
      name: 'a purged buffer can be labelled and asked for its flags',
      holds: { panfrost: { from: '1.6' }, why: 'QUERY_BO_INFO came with 1.6' },
      run: async (t) => {
        const { panfrost } = t.backend
        const { handle } = await purged(t)
        return [
          t.answer(panfrost.setLabelBo(t.fd, handle, 'x')),
          t.must(panfrost.queryBoInfo(t.fd, handle)).createFlags,
        ]
      },
      expected: [0, NOEXEC],
    },
    {
      id: 'twice',
      name: 'a second purge changes nothing',
      run: async (t) => {
        const { handle } = await purged(t)
        const other = t.filled(6n)
        await t.purge()
        return [t.madvise(handle, WILLNEED), t.backend.memory.verify(other.map, 6n, 0, 4096)]
      },
      expected: [0, 4096],
    },
    {
      id: 'back-and-forth',
      name: 'the last advice counts',
      run: async (t) => {
        const [last, back] = [t.bo(), t.bo()]
        for (const advice of [DONTNEED, WILLNEED, DONTNEED]) t.madvise(last, advice)
        for (const advice of [DONTNEED, DONTNEED, WILLNEED]) t.madvise(back, advice)
        await t.purge()
        return [t.madvise(last, WILLNEED), t.madvise(back, WILLNEED)]
      },
      expected: [0, 1],
    },
    {
      id: 'only-a-mapping-is-left',
      name: 'a buffer that only a mapping keeps is purged under it',
      run: async (t) => {
        const { handle, map } = t.filled(5n)
        t.madvise(handle, DONTNEED)
        t.backend.drm.gemClose(t.fd, handle)
        await t.purge()
        return t.answer(t.backend.memory.read(map, 0, 1))
      },
      expected: 'SIGBUS',
    },
    {
      id: 'closed-before',
      name: 'a buffer that was closed after DONTNEED is gone, and a purge finds nothing of it',
      run: async (t) => {
        const handle = t.bo(65536)
        t.madvise(handle, DONTNEED)
        t.backend.drm.gemClose(t.fd, handle)
        await t.purge()
        return [t.madvise(handle, WILLNEED), t.bo() === handle]
      },
      expected: ['-ENOENT', true],
    },
    {
      id: 'negative-advice-is-left',
      name: 'a buffer that a negative advice calls purged keeps its pages: what is mapped can be read',
      run: async (t) => {
        const { handle, map } = t.filled(5n)
        t.madvise(handle, 0xffff_ffff)
        await t.purge()
        return [t.backend.memory.verify(map, 5n, 0, 4096), t.madvise(handle, WILLNEED)]
      },
      expected: [4096, 0],
    },
    {
      id: 'negative-advice-new-mapping',
      holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker does it otherwise' },
      name: 'a buffer that a negative advice calls purged raises SIGBUS where it was not yet touched',
      run: (t) => {
        const { handle } = t.filled(5n)
        t.madvise(handle, 0x8000_0000)
        return t.answer(t.backend.memory.read(t.map(handle), 0, 1))
      },
      expected: 'SIGBUS',
    },
    {
      id: 'neighbours',
      name: 'of many buffers exactly those that are not needed are taken; the others keep every byte',
      run: async (t) => {
        const made = Array.from({ length: 64 }, (_, i) => t.filled(BigInt(i), 4096 * (1 + (i % 5))))
        made.forEach(({ handle }, i) => i % 3 === 0 && t.madvise(handle, DONTNEED))
        await t.purge()
        return made.every(({ handle, map }, i) => {
          if (i % 3 === 0) return t.madvise(handle, WILLNEED) === 0
          return t.backend.memory.verify(map, BigInt(i), 0, map.lengthBytes) === map.lengthBytes
        })
      },
      expected: true,
    },
    {
      id: 'reuse-is-zeroed',
      name: 'a buffer that is made after a purge is zeroed',
      run: async (t) => {
        await purged(t, 1 << 20)
        const bytes = t.must(t.backend.memory.read(t.map(t.bo(1 << 20), 1 << 20), 0, 1 << 20))
        return bytes.every((byte) => byte === 0)
      },
      expected: true,
    },
    {
      id: 'executable',
      name: 'a buffer that the GPU may execute is purged as others are',
      run: async (t) => {
        const handle = t.bo(8192, 0)
        t.madvise(handle, DONTNEED)
        await t.purge()
        return t.madvise(handle, WILLNEED)
      },
      expected: 0,
    },
    {
      id: 'cached',
      name: 'a buffer with a cached CPU mapping is purged as others are',
      holds: { panfrost: { from: '1.6' }, why: 'PANFROST_BO_WB_MMAP came with 1.6' },
      run: async (t) => {
        const handle = t.bo(8192, NOEXEC | 4)
        t.madvise(handle, DONTNEED)
        await t.purge()
        return t.madvise(handle, WILLNEED)
      },
      expected: 0,
    },
    {
      id: 'batch',
      name: 'madviseMany tells of each buffer whether it was purged',
      run: async (t) => {
        const { batch } = t.backend
        const handles = Uint32Array.of(t.bo(), t.bo(), t.bo())
        t.madvise(handles[1] ?? 0, DONTNEED)
        await t.purge()
        const results = new Float64Array(3)
        return [batch.madviseMany('panfrost', t.fd, handles, WILLNEED, results), ...results]
      },
      expected: [3, 1, 0, 1],
    },
  ],
)
