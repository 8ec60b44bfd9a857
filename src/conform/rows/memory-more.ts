/** Rows: copies, hashes and the view of a mapping, as src/backend/memory-calls.ts promises them. */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const anonymous = (t: Trial, sizeBytes = 8192) => t.keep(t.backend.memory.mapAnonymous(sizeBytes))
const hash = (t: Trial, map: ReturnType<typeof anonymous>, offset: number, length: number) =>
  t.must(t.backend.memory.hash(map, offset, length)).hash.toString(16)

export const MEMORY_MORE_ROWS = group('memory', { source: 'src/backend/memory-calls.ts', needs: [] }, [
  {
    id: 'copy',
    name: 'a copy is the same bytes elsewhere, and nothing around them changes',
    run: (t) => {
      const { memory } = t.backend
      const [from, to] = [anonymous(t), anonymous(t)]
      memory.write(from, 10, Uint8Array.of(1, 2, 3, 4))
      const answer = memory.copy(to, 100, from, 10, 4)
      return [answer, [...t.must(memory.read(to, 99, 6))]]
    },
    expected: [0, [0, 1, 2, 3, 4, 0]],
  },
  {
    id: 'copy-overlap',
    name: 'parts of one mapping that overlap are copied as they were',
    run: (t) => {
      const { memory } = t.backend
      const map = anonymous(t)
      memory.write(map, 0, Uint8Array.of(1, 2, 3, 4, 5))
      memory.copy(map, 1, map, 0, 4)
      return [...t.must(memory.read(map, 0, 6))]
    },
    expected: [1, 1, 2, 3, 4, 0],
  },
  {
    id: 'copy-range',
    name: 'a copy from or to beyond the end, or of what is unmapped, is EINVAL',
    run: (t) => {
      const { memory } = t.backend
      const [from, to, gone] = [anonymous(t), anonymous(t, 4096), anonymous(t)]
      memory.munmap(gone)
      return [
        memory.copy(to, 0, from, 0, 4097),
        memory.copy(to, 4096, from, 0, 1),
        memory.copy(to, 0, from, 8192, 1),
        memory.copy(to, 0, gone, 0, 1),
        memory.copy(gone, 0, to, 0, 1),
        memory.copy(to, 4096, from, 8192, 0),
      ].map((each) => t.answer(each))
    },
    expected: ['-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL', 0],
  },
  {
    id: 'hash',
    name: 'the hash is XXH64 with seed 0',
    source: 'xxhash.com, specification 0.2',
    run: (t) => {
      const map = anonymous(t)
      t.backend.memory.write(map, 3, new TextEncoder().encode('abc'))
      return [hash(t, map, 0, 0), hash(t, map, 3, 3)]
    },
    expected: ['ef46db3751d8e999', '44bc2cf5ad770999'],
  },
  {
    id: 'hash-of-content',
    name: 'equal content has an equal hash wherever it is, other content another one',
    run: (t) => {
      const { memory } = t.backend
      const [one, two] = [anonymous(t), anonymous(t)]
      memory.fill(one, 9n, 0, 4096)
      memory.copy(two, 777, one, 0, 4096)
      const first = hash(t, one, 0, 4096)
      const same = first === hash(t, two, 777, 4096)
      memory.write(two, 800, Uint8Array.of(1, 2, 3))
      return [same, first === hash(t, two, 777, 4096)]
    },
    expected: [true, false],
  },
  {
    id: 'hash-range',
    name: 'a hash of what is beyond the end or unmapped is EINVAL',
    run: (t) => {
      const { memory } = t.backend
      const [map, gone] = [anonymous(t), anonymous(t)]
      memory.munmap(gone)
      return [memory.hash(map, 0, 8193), memory.hash(map, 8193, 0), memory.hash(gone, 0, 1)].map((each) =>
        t.answer(each),
      )
    },
    expected: ['-EINVAL', '-EINVAL', '-EINVAL'],
  },
  {
    id: 'bytes',
    name: 'the view of a mapping is its memory; there is one of each mapping',
    needs: ['bytes'],
    run: (t) => {
      const { memory } = t.backend
      const map = anonymous(t)
      const bytes = t.must(memory.bytes(map))
      bytes[5] = 7
      return [bytes.length, t.must(memory.read(map, 5, 1))[0], t.answer(memory.bytes(map))]
    },
    expected: [8192, 7, '-EBUSY'],
  },
  {
    id: 'bytes-after-munmap',
    name: 'the view of what was unmapped reads zeroes; none can be made any more',
    needs: ['bytes'],
    run: (t) => {
      const { memory } = t.backend
      const map = anonymous(t)
      const bytes = t.must(memory.bytes(map))
      bytes[5] = 7
      memory.munmap(map)
      return [bytes[5], t.answer(memory.bytes(map))]
    },
    expected: [0, '-EINVAL'],
  },
])
