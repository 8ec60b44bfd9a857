// The loops of the benchmark in JavaScript, over gemrig's public calls, each beside the C loop that does the same. What
// is named native are the same loops over the addon's functions alone: what is between them and the public calls is
// JavaScript, what is between C and them is the way from JavaScript into C++ and back.
import { timed } from './measure.mjs'

const PAGE_BYTES = 4096
const BATCH = 256
/** Advice in one program: that its buffer is made and closed does not count beside it. */
const PROGRAM_ADVICE = 8192
const MEMORY_BYTES = 8 << 20
export const HEAP_SIZES = [4096, 1 << 20, 8 << 20, 32 << 20]
const SEED = 42n
const WARM_UP = 4000
const WARM_UP_BATCH = 100
/** PANFROST_BO_NOEXEC, as in the C loops. */
const NOEXEC = 1

const bySize = (bytes) => (bytes < 1 << 20 ? `${bytes >> 10} KiB` : `${bytes >> 20} MiB`)

const times = (count, work) => timed(() => repeat(count, work))
function repeat(count, work) {
  for (let i = 0; i < count; i++) work()
}

/** `call` is what gemrig and the addon are: { device, heap, backend, fd, heapFd }. */
export function cases(api, c) {
  return [madviseCase(api, c), createCase(api, c), mapCase(api, c)].concat(
    HEAP_SIZES.map((bytes) => heapCase(api, c, bytes)),
    [verifyCase(api, c), fillCase(api, c)],
  )
}

const inC = (c, name, argument, operations, way = 'c') => ({
  name: way,
  operations,
  run: (count) => c.run(name, count, argument),
})

async function program({ device, heap }, operations, iterations) {
  const result = await device.runProgram({ operations, iterations }, heap)
  for (const [op, { errors }] of Object.entries(result.operations))
    for (const errno in errors) throw new Error(`the program's ${op} answered errno ${errno}`)
  return result.elapsedNs
}

function madviseCase(api, c) {
  const { device, backend, fd } = api
  const buffer = device.createBuffer({ sizeBytes: PAGE_BYTES, noexec: true })
  const buffers = device.createMany(Array(BATCH).fill(PAGE_BYTES), { noexec: true })
  const gem = granted(backend.panfrost.createBo(fd, PAGE_BYTES, NOEXEC)).handle
  const handles = Uint32Array.from(
    { length: BATCH },
    () => granted(backend.panfrost.createBo(fd, PAGE_BYTES, NOEXEC)).handle,
  )
  const results = new Float64Array(BATCH)
  const list = Array.from({ length: PROGRAM_ADVICE }, (_, i) => {
    return { op: 'madvise', slot: 0, advice: i % 2 === 0 ? 'dontneed' : 'willneed' }
  })
  const operations = [{ op: 'create', slot: 0, sizeBytes: PAGE_BYTES }, ...list, { op: 'close', slot: 0 }]
  return {
    name: 'madvise',
    ways: [
      inC(c, 'madvise', 1, 2),
      {
        name: 'single',
        warmUp: WARM_UP,
        operations: 2,
        run: (count) =>
          times(count, () => {
            buffer.madvise('dontneed')
            buffer.madvise('willneed')
          }),
      },
      {
        name: 'native',
        warmUp: WARM_UP,
        operations: 2,
        run: (count) =>
          times(count, () => {
            backend.panfrost.madvise(fd, gem, 1)
            backend.panfrost.madvise(fd, gem, 0)
          }),
      },
      inC(c, 'madvise', BATCH, 2 * BATCH, 'cBatch'),
      {
        name: 'batch',
        warmUp: WARM_UP_BATCH,
        operations: 2 * BATCH,
        run: (count) =>
          times(count, () => {
            device.madviseMany(buffers, 'dontneed')
            device.madviseMany(buffers, 'willneed')
          }),
      },
      {
        name: 'nativeBatch',
        warmUp: WARM_UP_BATCH,
        operations: 2 * BATCH,
        run: (count) =>
          times(count, () => {
            backend.batch.madviseMany('panfrost', fd, handles, 1, results)
            backend.batch.madviseMany('panfrost', fd, handles, 0, results)
          }),
      },
      { name: 'program', operations: PROGRAM_ADVICE, run: (count) => program(api, operations, count) },
    ],
  }
}

function createCase(api, c) {
  const { device, backend, fd } = api
  const sizes = Array(BATCH).fill(PAGE_BYTES)
  const nativeSizes = Uint32Array.from(sizes)
  const results = new Float64Array(BATCH)
  const operations = [
    { op: 'create', slot: 0, sizeBytes: PAGE_BYTES },
    { op: 'close', slot: 0 },
  ]
  return {
    name: 'create + close',
    ways: [
      inC(c, 'create', 1, 1),
      {
        name: 'single',
        warmUp: WARM_UP,
        operations: 1,
        run: (count) =>
          times(count, () => device.createBuffer({ sizeBytes: PAGE_BYTES, noexec: true }).close()),
      },
      {
        name: 'native',
        warmUp: WARM_UP,
        operations: 1,
        run: (count) =>
          times(count, () => {
            const { handle } = backend.panfrost.createBo(fd, PAGE_BYTES, NOEXEC)
            backend.drm.gemClose(fd, handle)
          }),
      },
      inC(c, 'create', BATCH, BATCH, 'cBatch'),
      {
        name: 'batch',
        warmUp: WARM_UP_BATCH,
        operations: BATCH,
        run: (count) => times(count, () => device.closeMany(device.createMany(sizes, { noexec: true }))),
      },
      {
        name: 'nativeBatch',
        warmUp: WARM_UP_BATCH,
        operations: BATCH,
        run: (count) =>
          times(count, () => {
            backend.batch.createMany('panfrost', fd, nativeSizes, NOEXEC, results)
            backend.drm.gemCloseMany(fd, Uint32Array.from(results))
          }),
      },
      { name: 'program', operations: 1, run: (count) => program(api, operations, count) },
    ],
  }
}

function mapCase(api, c) {
  const { device, backend, fd } = api
  const buffer = device.createBuffer({ sizeBytes: PAGE_BYTES, noexec: true })
  const gem = granted(backend.panfrost.createBo(fd, PAGE_BYTES, NOEXEC)).handle
  const operations = [
    { op: 'map', slot: 0 },
    { op: 'touch', slot: 0 },
    { op: 'unmap', slot: 0 },
  ]
  const lists = Array.from({ length: 256 }, () => operations).flat()
  const whole = [{ op: 'create', slot: 0, sizeBytes: PAGE_BYTES }, ...lists, { op: 'close', slot: 0 }]
  return {
    name: 'map + touch + unmap',
    ways: [
      inC(c, 'map', PAGE_BYTES, 1),
      {
        name: 'single',
        warmUp: WARM_UP,
        operations: 1,
        run: (count) =>
          times(count, () => {
            const mapping = buffer.map()
            mapping.read(0, 1)
            mapping.close()
          }),
      },
      {
        name: 'native',
        warmUp: WARM_UP,
        operations: 1,
        run: (count) =>
          times(count, () => {
            const { offset } = backend.panfrost.mmapBo(fd, gem, 0)
            const map = backend.memory.mmap(fd, offset, PAGE_BYTES)
            backend.memory.read(map, 0, 1)
            backend.memory.munmap(map)
          }),
      },
      { name: 'program', operations: 256, run: (count) => program(api, whole, count) },
    ],
  }
}

function heapCase(api, c, sizeBytes) {
  // The JavaScript is that of the smallest size, which is measured first.
  const warmUp = sizeBytes === HEAP_SIZES[0] ? WARM_UP : 0
  const { heap, backend, heapFd } = api
  const operations = [
    { op: 'heapAllocate', slot: 0, sizeBytes },
    { op: 'close', slot: 0 },
  ]
  return {
    name: `heap ${bySize(sizeBytes)} + close`,
    ways: [
      inC(c, 'heap', sizeBytes, 1),
      {
        name: 'single',
        warmUp,
        operations: 1,
        run: (count) => times(count, () => heap.allocate(sizeBytes).close()),
      },
      {
        name: 'native',
        warmUp,
        operations: 1,
        run: (count) =>
          times(count, () => backend.dmaHeap.close(backend.dmaHeap.allocate(heapFd, sizeBytes))),
      },
      { name: 'program', operations: 1, run: (count) => program(api, operations, count) },
    ],
  }
}

/** One operation is a byte here, so that the inverse of the time is the bandwidth. */
function verifyCase({ device }, c) {
  const mapping = device.createBuffer({ sizeBytes: MEMORY_BYTES, noexec: true }).map()
  mapping.fill(SEED)
  return {
    name: `verify ${bySize(MEMORY_BYTES)}`,
    ways: [
      inC(c, 'memcmp', MEMORY_BYTES, MEMORY_BYTES),
      { name: 'memory', operations: MEMORY_BYTES, run: (count) => times(count, () => mapping.verify(SEED)) },
    ],
  }
}

function fillCase({ device }, c) {
  const mapping = device.createBuffer({ sizeBytes: MEMORY_BYTES, noexec: true }).map()
  return {
    name: `fill ${bySize(MEMORY_BYTES)}`,
    ways: [
      inC(c, 'memset', MEMORY_BYTES, MEMORY_BYTES),
      { name: 'memory', operations: MEMORY_BYTES, run: (count) => times(count, () => mapping.fill(SEED)) },
    ],
  }
}

function granted(outcome) {
  if (typeof outcome === 'number') throw new Error(`refused: errno ${-outcome}`)
  return outcome
}
