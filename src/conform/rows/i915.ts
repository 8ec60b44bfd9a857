/**
 * Rows: i915's requests for memory, and what they refuse. i915_gem.c, i915_getparam.c,
 * gem/i915_gem_{create,mman}.c (6.12). Read in the source: no real device has run them.
 */
import { I915_PARAM } from '../../backend/i915-calls.js'
import { group, type RowOf } from '../row.js'
import type { Trial } from '../trial.js'

const WB = 2n
const FIXED = 4n

const create = (t: Trial, sizeBytes: bigint) => t.backend.i915.gemCreate(t.i915, sizeBytes)

const row = (id: string, name: string, run: RowOf['run'], expected: unknown): RowOf => ({
  id,
  name,
  run,
  expected,
})

export const I915_ROWS = group(
  'i915',
  {
    source: 'drivers/gpu/drm/i915/i915_gem.c, gem/i915_gem_create.c, gem/i915_gem_mman.c (6.12)',
    needs: ['i915'],
  },
  [
    row('create-nothing', 'GEM_CREATE of no bytes is EINVAL', (t) => t.answer(create(t, 0n)), '-EINVAL'),
    row(
      'create-rounds-up',
      'GEM_CREATE rounds up to pages',
      (t) => t.must(create(t, 4097n)).sizeBytes.toString(),
      '8192',
    ),
    row(
      'create-wraps',
      'GEM_CREATE of nearly 2^64 bytes wraps to nothing and is EINVAL',
      (t) => t.answer(create(t, 2n ** 64n - 1n)),
      '-EINVAL',
    ),
    row(
      'create-too-big',
      'GEM_CREATE of more than a file can have is E2BIG',
      (t) => t.answer(create(t, 2n ** 63n)),
      '-E2BIG',
    ),
    row(
      'create-ext-flags',
      'GEM_CREATE_EXT with unknown flags is EINVAL',
      (t) => t.answer(t.backend.i915.gemCreateExt(t.i915, 4096n, 2, [])),
      '-EINVAL',
    ),
    row(
      'create-ext-cpu-access',
      'GEM_CREATE_EXT with NEEDS_CPU_ACCESS and one region is EINVAL',
      (t) => t.answer(t.backend.i915.gemCreateExt(t.i915, 4096n, 1, [])),
      '-EINVAL',
    ),
    row(
      'create-ext-system',
      'GEM_CREATE_EXT in system memory is what GEM_CREATE is',
      (t) =>
        t
          .must(t.backend.i915.gemCreateExt(t.i915, 1n, 0, [{ memoryClass: 0, memoryInstance: 0 }]))
          .sizeBytes.toString(),
      '4096',
    ),
    row(
      'create-ext-no-region',
      'GEM_CREATE_EXT in a region that no device has is EINVAL',
      (t) => t.answer(t.backend.i915.gemCreateExt(t.i915, 4096n, 0, [{ memoryClass: 7, memoryInstance: 0 }])),
      '-EINVAL',
    ),
    row(
      'create-ext-twice',
      'GEM_CREATE_EXT with a region twice is EINVAL',
      (t) => {
        const system = { memoryClass: 0, memoryInstance: 0 }
        return t.answer(t.backend.i915.gemCreateExt(t.i915, 4096n, 0, [system, system]))
      },
      '-EINVAL',
    ),
    row(
      'mmap-offset-unknown',
      'GEM_MMAP_OFFSET of an unknown kind is EINVAL, whatever the handle is',
      (t) => [5n, 2n ** 63n].map((flags) => t.answer(t.backend.i915.gemMmapOffset(t.i915, 99, flags))),
      ['-EINVAL', '-EINVAL'],
    ),
    row(
      'mmap-offset-handle',
      'GEM_MMAP_OFFSET of an unknown handle is ENOENT',
      (t) => t.answer(t.backend.i915.gemMmapOffset(t.i915, 99, WB)),
      '-ENOENT',
    ),
    row(
      'mmap-offset-either',
      'GEM_MMAP_OFFSET takes FIXED or WB, never both',
      (t) => {
        const { handle } = t.must(create(t, 4096n))
        return [WB, FIXED]
          .map((flags) => t.answer(t.backend.i915.gemMmapOffset(t.i915, handle, flags)))
          .sort()
      },
      ['-ENODEV', 'object'],
    ),
    row(
      'param-of-old',
      'GETPARAM of what user mode setting wanted is ENODEV',
      (t) => [1, 2, 3, 14].map((param) => t.answer(t.backend.i915.getParam(t.i915, param))),
      ['-ENODEV', '-ENODEV', '-ENODEV', '-ENODEV'],
    ),
    row(
      'param-unknown',
      'GETPARAM of an unknown parameter is EINVAL',
      (t) => [0, 1000, -1].map((param) => t.answer(t.backend.i915.getParam(t.i915, param))),
      ['-EINVAL', '-EINVAL', '-EINVAL'],
    ),
    row(
      'param-gem',
      'GETPARAM says that there is GEM, and the version 5 of mappings',
      (t) =>
        [I915_PARAM.HAS_GEM, I915_PARAM.MMAP_GTT_VERSION].map(
          (param) => t.must(t.backend.i915.getParam(t.i915, param)).value,
        ),
      [1, 5],
    ),
    row(
      'aperture',
      'GEM_GET_APERTURE never has more available than there is',
      (t) => {
        const { sizeBytes, availableBytes } = t.must(t.backend.i915.gemGetAperture(t.i915))
        return [sizeBytes > 0n, availableBytes <= sizeBytes]
      },
      [true, true],
    ),
  ],
)
