/** Rows of the contract: mappings and their bytes. mm/mmap.c, drivers/gpu/drm/drm_gem.c (6.12). */
import type { Row } from './contract.js'

export const MEMORY_ROWS: readonly Row[] = [
  {
    name: 'the pattern is the one that is written down, at any offset',
    run: (t) => {
      const { memory } = t.backend
      const map = t.keep(memory.mapAnonymous(64))
      memory.fill(map, 42n, 3, 50)
      const bytes = [...t.must(memory.read(map, 0, 64))]
      return [bytes.slice(0, 3), bytes.slice(3, 24), bytes.slice(53)]
    },
    expected: [[0, 0, 0], pattern(42n, 24).slice(3), Array(11).fill(0)],
  },
  {
    name: 'verify counts the bytes up to the first that differs',
    run: (t) => {
      const { memory } = t.backend
      const map = t.keep(memory.mapAnonymous(20_000))
      memory.fill(map, 1n, 0, 20_000)
      const [byte = 0] = t.must(memory.read(map, 12_345, 1))
      const before = memory.verify(map, 1n, 0, 20_000)
      memory.write(map, 12_345, Uint8Array.of(byte ^ 0x80))
      return [
        before,
        memory.verify(map, 1n, 0, 20_000),
        memory.verify(map, 1n, 12_345, 10),
        memory.verify(map, 1n, 12_346, 7654),
      ]
    },
    expected: [20_000, 12_345, 0, 7654],
  },
  {
    name: 'a range beyond the end is EINVAL, an empty one at the end is nothing',
    run: (t) => {
      const { memory } = t.backend
      const map = t.keep(memory.mapAnonymous(5000))
      return [
        memory.fill(map, 1n, 0, 5001),
        memory.fill(map, 1n, 5001, 0),
        memory.verify(map, 1n, 4999, 2),
        memory.read(map, Number.MAX_SAFE_INTEGER, 1),
        memory.write(map, 4999, new Uint8Array(2)),
        memory.fill(map, 1n, 5000, 0),
        memory.verify(map, 1n, 5000, 0),
      ].map((outcome) => t.answer(outcome))
    },
    expected: ['-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL', 0, 0],
  },
  {
    name: 'after munmap every access is EINVAL, and so is a second munmap',
    run: (t) => {
      const { memory } = t.backend
      const map = t.keep(memory.mapAnonymous(4096))
      return [
        memory.munmap(map),
        memory.munmap(map),
        memory.fill(map, 1n, 0, 1),
        memory.verify(map, 1n, 0, 1),
        memory.read(map, 0, 1),
        memory.write(map, 0, new Uint8Array(1)),
      ].map((outcome) => t.answer(outcome))
    },
    expected: [0, '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
  },
  {
    name: 'anonymous memory is zeroed',
    run: (t) => {
      const map = t.keep(t.backend.memory.mapAnonymous(10_000))
      return t.must(t.backend.memory.read(map, 0, 10_000)).every((byte) => byte === 0)
    },
    expected: true,
  },
  {
    name: 'what was read is a copy',
    run: (t) => {
      const { memory } = t.backend
      const map = t.keep(memory.mapAnonymous(4096))
      const bytes = t.must(memory.read(map, 0, 4))
      memory.write(map, 0, Uint8Array.of(1, 2, 3))
      bytes[3] = 9
      return [...bytes, ...t.must(memory.read(map, 0, 4))]
    },
    expected: [0, 0, 0, 9, 1, 2, 3, 0],
  },
  {
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
    name: 'mmap through another open file is EACCES',
    run: (t) => t.answer(t.backend.memory.mmap(t.open(), t.offset(t.bo()), 4096)),
    expected: '-EACCES',
  },
  {
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
    name: 'mmap of a file that has no memory is ENODEV',
    run: (t) => t.answer(t.backend.memory.mmap(t.open('/dev/null'), 0n, 4096)),
    expected: '-ENODEV',
  },
  {
    name: 'two mappings of a buffer are one memory',
    run: (t) => {
      const { handle } = t.filled(6n)
      return t.backend.memory.verify(t.map(handle), 6n, 0, 4096)
    },
    expected: 4096,
  },
  {
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
]

/** The bytes of the pattern, from its description in src/backend/memory-calls.ts. */
function pattern(seed: bigint, length: number): number[] {
  const wrap = (value: bigint) => BigInt.asUintN(64, value)
  let z = wrap(seed + 0x9e3779b97f4a7c15n)
  z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
  z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn)
  const mixed = z ^ (z >> 31n)
  return Array.from({ length }, (_, index) => {
    const word = wrap(mixed + BigInt(index >> 3) * 0x9e3779b97f4a7c15n)
    return Number((word >> BigInt((index % 8) * 8)) & 0xffn)
  })
}
