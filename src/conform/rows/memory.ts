/** Rows: the bytes of mappings, as src/backend/memory-calls.ts promises them. */
import { group } from '../row.js'

export const MEMORY_ROWS = group('memory', { source: 'src/backend/memory-calls.ts', needs: [] }, [
  {
    id: 'pattern',
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
    id: 'verify-counts',
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
    id: 'range',
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
    id: 'after-munmap',
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
    id: 'anonymous-is-zeroed',
    name: 'anonymous memory is zeroed',
    run: (t) => {
      const map = t.keep(t.backend.memory.mapAnonymous(10_000))
      return t.must(t.backend.memory.read(map, 0, 10_000)).every((byte) => byte === 0)
    },
    expected: true,
  },
  {
    id: 'read-is-a-copy',
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
])

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
