/** Rows: sizes, flags and GPU addresses of Panfrost's buffers. panfrost_gem.c, panfrost_drv.c (6.12, 7.2). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const NOEXEC = 1
const HEAP = 2
const WB_MMAP = 4
const MIB = 1 << 20

const created = (t: Trial, sizeBytes: number, flags: number, fd = t.fd) =>
  t.must(t.backend.panfrost.createBo(fd, sizeBytes, flags))
const isCreated = (t: Trial, sizeBytes: number, flags: number) => {
  const made = t.backend.panfrost.createBo(t.fd, sizeBytes, flags)
  return typeof made === 'number' ? t.answer(made) : 'made'
}

export const PANFROST_CREATE_ROWS = group(
  'panfrost-create',
  { source: 'drivers/gpu/drm/panfrost/panfrost_drv.c, panfrost_gem.c (6.12, 7.2)', needs: ['panfrost'] },
  [
    {
      id: 'new-4096',
      name: 'a buffer of a page is made',
      source: 'IGT panfrost_gem_new gem-new-4096',
      run: (t) => isCreated(t, 4096, 0),
      expected: 'made',
    },
    {
      id: 'new-0',
      name: 'a buffer of no bytes is EINVAL',
      source: 'IGT panfrost_gem_new gem-new-0',
      run: (t) => isCreated(t, 0, 0),
      expected: '-EINVAL',
    },
    {
      id: 'new-zeroed',
      name: 'what one file wrote to a buffer and freed, another file does not read in its own',
      source: 'IGT panfrost_gem_new gem-new-zeroed',
      run: (t) => {
        const { drm, memory } = t.backend
        const first = t.open()
        const handle = t.bo(12288, NOEXEC, first)
        const map = t.map(handle, 12288, first)
        memory.fill(map, 3n, 0, 12288)
        memory.munmap(map)
        drm.gemClose(first, handle)
        const other = t.open()
        const bytes = t.must(memory.read(t.map(t.bo(12288, NOEXEC, other), 12288, other), 0, 12288))
        return bytes.every((byte) => byte === 0)
      },
      expected: true,
    },
    {
      id: 'unknown-flags',
      name: 'each flag above those that are known is EINVAL',
      run: (t) => {
        const flags = Array.from({ length: 29 }, (_, bit) => (1 << (bit + 3)) >>> 0)
        return [...new Set(flags.map((flag) => isCreated(t, 4096, (flag | NOEXEC) >>> 0)))]
      },
      expected: ['-EINVAL'],
    },
    {
      id: 'wb-mmap-unknown',
      name: 'a cached CPU mapping is a flag that is not known',
      holds: { panfrost: { before: '1.6' }, why: 'PANFROST_BO_WB_MMAP came with 1.6' },
      run: (t) => isCreated(t, 4096, NOEXEC | WB_MMAP),
      expected: '-EINVAL',
    },
    {
      id: 'wb-mmap',
      name: 'a buffer with a cached CPU mapping is made, and holds what is written',
      holds: { panfrost: { from: '1.6' }, why: 'PANFROST_BO_WB_MMAP came with 1.6' },
      run: (t) => {
        const map = t.map(created(t, 8192, NOEXEC | WB_MMAP).handle, 8192)
        t.backend.memory.fill(map, 1n, 0, 8192)
        return t.backend.memory.verify(map, 1n, 0, 8192)
      },
      expected: 8192,
    },
    {
      id: 'wb-mmap-heap',
      name: 'a heap cannot have a cached CPU mapping',
      holds: { panfrost: { from: '1.6' }, why: 'PANFROST_BO_WB_MMAP came with 1.6' },
      run: (t) => isCreated(t, 4096, NOEXEC | HEAP | WB_MMAP),
      expected: '-EINVAL',
    },
    {
      id: 'rounded-up',
      name: 'sizes are rounded up to pages',
      run: (t) =>
        [1, 4095, 4097, 8191].map((size) => {
          const offset = t.offset(created(t, size, NOEXEC).handle)
          const whole = size > 4096 ? 8192 : 4096
          const map = t.backend.memory.mmap(t.fd, offset, whole)
          return [t.keep(map).lengthBytes, t.answer(t.backend.memory.mmap(t.fd, offset, whole + 1))]
        }),
      expected: [
        [4096, '-EINVAL'],
        [4096, '-EINVAL'],
        [8192, '-EINVAL'],
        [8192, '-EINVAL'],
      ],
    },
    {
      id: 'exec-alignment',
      name: 'a buffer that the GPU may execute is aligned to its size',
      run: (t) =>
        [4096, 65536, MIB, 4 * MIB].map((size) => created(t, size, 0).gpuAddress % BigInt(size) === 0n),
      expected: [true, true, true, true],
    },
    {
      id: 'large-alignment',
      name: 'from 2 MiB on a buffer is aligned to 2 MiB',
      run: (t) => {
        created(t, 4096, NOEXEC)
        return [2 * MIB, 3 * MIB].map((size) => created(t, size, NOEXEC).gpuAddress % BigInt(2 * MIB) === 0n)
      },
      expected: [true, true],
    },
    {
      id: 'address-range',
      name: 'GPU addresses are from 32 MiB to 4 GiB',
      run: (t) =>
        [0, NOEXEC, NOEXEC | HEAP].map((flags) => {
          const { gpuAddress } = created(t, 4096, flags)
          return gpuAddress >= BigInt(32 * MIB) && gpuAddress < 1n << 32n
        }),
      expected: [true, true, true],
    },
    {
      id: 'address-overlap',
      name: 'no two buffers of a file have a GPU address in common',
      run: (t) => {
        const sizes = [4096, 65536, 8192, MIB, 12288, 4096, 3 * MIB, 4096]
        const spans = sizes.map((size, index) => {
          const { gpuAddress } = created(t, size, index % 2)
          return [gpuAddress, gpuAddress + BigInt(size)] as const
        })
        return spans.every(([begin, end], i) => spans.every(([b, e], k) => i === k || end <= b || e <= begin))
      },
      expected: true,
    },
    {
      id: 'address-per-file',
      name: 'each file has a GPU address space of its own',
      run: (t) => created(t, 4096, NOEXEC).gpuAddress === created(t, 4096, NOEXEC, t.open()).gpuAddress,
      expected: true,
    },
    {
      id: 'address-is-free-again',
      name: 'the GPU address of a closed buffer is given out again',
      run: (t) => {
        const first = created(t, 4096, NOEXEC)
        t.backend.drm.gemClose(t.fd, first.handle)
        return created(t, 4096, NOEXEC).gpuAddress === first.gpuAddress
      },
      expected: true,
    },
    {
      id: 'heap-has-no-memory-yet',
      name: 'a heap of 1 GiB is made at once, as it has no pages before the GPU asks',
      run: (t) => isCreated(t, 1024 * MIB, NOEXEC | HEAP),
      expected: 'made',
    },
    {
      id: 'many',
      name: 'a thousand buffers have a thousand handles, and closing all leaves none',
      run: (t) => {
        const handles = Array.from({ length: 1000 }, () => t.bo())
        const closed = handles.map((handle) => t.backend.drm.gemClose(t.fd, handle))
        return [new Set(handles).size, closed.every((answer) => answer === 0), t.bo()]
      },
      expected: [1000, true, 1],
    },
  ],
)
