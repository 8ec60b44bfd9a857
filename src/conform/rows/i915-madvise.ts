/**
 * Rows: GEM_MADVISE of i915, and what a purge leaves. i915_gem_madvise_ioctl(), i915_gem.c;
 * gem/i915_gem_shrinker.c (6.12). Read in the source: no real device has run them.
 */
import { ERRNO } from '../../backend/errno.js'
import { I915_MADV_DONTNEED as DONTNEED, I915_MADV_WILLNEED as WILLNEED } from '../../backend/i915-calls.js'
import type { MapHandle } from '../../backend/memory-calls.js'
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const WB = 2n
const FIXED = 4n
const SIZE = 65536

const bo = (t: Trial): number => t.must(t.backend.i915.gemCreate(t.i915, BigInt(SIZE))).handle

const madvise = (t: Trial, handle: number, advice: number) =>
  t.answer(t.backend.i915.gemMadvise(t.i915, handle, advice))

function map(t: Trial, handle: number): MapHandle {
  const { i915, memory } = t.backend
  const cached = i915.gemMmapOffset(t.i915, handle, WB)
  const { offset } = t.must(cached === -ERRNO.ENODEV ? i915.gemMmapOffset(t.i915, handle, FIXED) : cached)
  return t.keep(memory.mmap(t.i915, offset, SIZE))
}

/** With pages, which it has from its first use on. */
function filled(t: Trial, seed: bigint) {
  const handle = bo(t)
  const made = map(t, handle)
  t.backend.memory.fill(made, seed, 0, SIZE)
  return { handle, map: made }
}

export const I915_MADVISE_ROWS = group(
  'i915-madvise',
  { source: 'drivers/gpu/drm/i915/i915_gem.c, gem/i915_gem_shrinker.c (6.12)', needs: ['i915'] },
  [
    {
      id: 'unknown-advice',
      name: 'refuses unknown advice, before it looks at the handle',
      run: (t) => [madvise(t, 99, 2), madvise(t, bo(t), 5), madvise(t, 99, WILLNEED)],
      expected: ['-EINVAL', '-EINVAL', '-ENOENT'],
    },
    {
      id: 'without-pages',
      name: 'purges a buffer without pages at once, for ever',
      run: (t) => {
        const handle = bo(t)
        return [WILLNEED, DONTNEED, WILLNEED, DONTNEED].map((advice) => madvise(t, handle, advice))
      },
      expected: [1, 0, 0, 0],
    },
    {
      id: 'with-pages',
      name: 'keeps a buffer with pages until memory is short, and takes it back',
      run: (t) => {
        const { handle, map: made } = filled(t, 1n)
        const advised = [DONTNEED, DONTNEED, WILLNEED].map((advice) => madvise(t, handle, advice))
        return [...advised, t.backend.memory.verify(made, 1n, 0, SIZE)]
      },
      expected: [1, 1, 1, SIZE],
    },
    {
      id: 'purged',
      name: 'a purge takes what is given away, for ever',
      needs: ['purge'],
      run: async (t) => {
        const { handle } = filled(t, 1n)
        madvise(t, handle, DONTNEED)
        await t.purge()
        return [WILLNEED, DONTNEED, WILLNEED].map((advice) => madvise(t, handle, advice))
      },
      expected: [0, 0, 0],
    },
    {
      id: 'purged-mapping',
      name: 'a mapping of a purged buffer raises SIGBUS, also one that was used before',
      needs: ['purge'],
      run: async (t) => {
        const { handle, map: made } = filled(t, 1n)
        madvise(t, handle, DONTNEED)
        await t.purge()
        return t.answer(t.backend.memory.verify(made, 1n, 0, 4096))
      },
      expected: 'SIGBUS',
    },
    {
      id: 'needed-is-left',
      name: 'a purge leaves what is needed, also what was given away before',
      needs: ['purge'],
      run: async (t) => {
        const [never, back] = [filled(t, 1n), filled(t, 2n)]
        madvise(t, back.handle, DONTNEED)
        madvise(t, back.handle, WILLNEED)
        await t.purge()
        const { memory } = t.backend
        return [memory.verify(never.map, 1n, 0, SIZE), memory.verify(back.map, 2n, 0, SIZE)]
      },
      expected: [SIZE, SIZE],
    },
    {
      id: 'mapped-before-first-use',
      name: 'a mapping alone gives a buffer no pages: given away, it is purged at once',
      run: (t) => {
        const handle = bo(t)
        const made = map(t, handle)
        const retained = madvise(t, handle, DONTNEED)
        return [retained, t.answer(t.backend.memory.fill(made, 1n, 0, 4096))]
      },
      expected: [0, 'SIGBUS'],
    },
  ],
)
