// What needs no GPU, measured on the machine itself: memory bandwidth over a memfd, the cost of a native call, and that
// of the JavaScript of the public calls, over a backend that does nothing.
import { CLoops } from './c-loops.mjs'
import { measure, median, timed } from './measure.mjs'

const MEMORY_BYTES = 32 << 20
const SEED = 42n
const WARM_UP = 20_000

/** @returns {Promise<{ bandwidths: object[], calls: object[] }>} GB/s and ns */
export async function measureHost(load, program, size) {
  const { loadNativeBackend } = await load('native-backend/native-backend.js')
  const loaded = loadNativeBackend()
  if ('missing' in loaded) throw new Error(loaded.missing)
  const c = new CLoops(program, 'memfd')
  try {
    const bandwidths = await measureMemory(loaded.backend, c, size)
    const native = await measureNative(loaded.backend, c, size)
    return { bandwidths, calls: [...native, ...(await measureJavaScript(loaded.backend, load, size))] }
  } finally {
    c.close()
  }
}

async function measureMemory({ memory, udmabuf }, c, size) {
  const memfd = udmabuf.createMemfd('bench', MEMORY_BYTES)
  const map = memory.mmap(memfd, 0n, MEMORY_BYTES)
  memory.fill(map, SEED, 0, MEMORY_BYTES)
  const inC = (name) => ({ name, operations: MEMORY_BYTES, run: (count) => c.run(name, count, MEMORY_BYTES) })
  const own = (name, work) => ({
    name,
    operations: MEMORY_BYTES,
    run: (count) => timed(() => repeat(count, work)),
  })
  const times = await measure(
    [
      inC('memcmp'),
      own('verify', () => memory.verify(map, SEED, 0, MEMORY_BYTES)),
      inC('memset'),
      own('fill', () => memory.fill(map, SEED, 0, MEMORY_BYTES)),
      own('hash', () => memory.hash(map, 0, MEMORY_BYTES)),
    ],
    size,
  )
  memory.munmap(map)
  udmabuf.close(memfd)
  return Object.entries(times).map(([name, rounds]) => ({ name, gigabytesPerSecond: 1 / median(rounds) }))
}

async function measureNative({ drm, memory, udmabuf, blocking }, c, size) {
  const memfd = udmabuf.createMemfd('bench', 4096)
  const map = memory.mmap(memfd, 0n, 4096)
  await c.run('thread', 1, 0)
  const times = await measure(
    [
      { name: 'C: an ioctl that is refused', operations: 1, run: (count) => c.run('refused', count, 0) },
      ...calls({
        'addon: the same ioctl': () => drm.gemClose(memfd, 1),
        'addon: the time, without a system call': () => blocking.nowNs(),
        'addon: verify of no byte, with its SIGBUS guard': () => memory.verify(map, SEED, 0, 0),
      }),
    ],
    size,
  )
  memory.munmap(map)
  udmabuf.close(memfd)
  return inNs(times)
}

async function measureJavaScript(backend, load, size) {
  const { Device } = await load('device/device.js')
  const { openHeapOf } = await load('device/heap.js')
  const { panfrost } = await load('device/drivers/panfrost.js')
  const idle = idleBackend(backend)
  const device = new Device(idle, 0, 'none', { name: 'panfrost', major: 1, minor: 2 }, panfrost)
  const heap = openHeapOf(idle, 'none')
  const buffer = device.createBuffer({ sizeBytes: 4096 })
  const buffers = device.createMany(Array(256).fill(4096))
  const sizes = buffers.map(() => 4096)
  const batches = calls({
    'JavaScript of madviseMany(), each': () => device.madviseMany(buffers, 'dontneed'),
    'JavaScript of createMany() + closeMany(), each': () => device.closeMany(device.createMany(sizes)),
  }).map((way) => ({ ...way, operations: sizes.length, warmUp: 100 }))
  const ways = calls({
    'JavaScript of madvise()': () => buffer.madvise('dontneed'),
    'JavaScript of createBuffer() + close()': () => device.createBuffer({ sizeBytes: 4096 }).close(),
    'JavaScript of map() + close()': () => buffer.map().close(),
    'JavaScript of heap.allocate() + close()': () => heap.allocate(4096).close(),
  })
  const times = await measure([...ways, ...batches], size)
  device.closeAll()
  heap.close()
  return inNs(times)
}

/** Answers at once, as a kernel that grants everything. */
function idleBackend(backend) {
  let handle = 0
  const fill = (results, value) => {
    for (let i = 0; i < results.length; i++) results[i] = value()
    return results.length
  }
  return {
    ...backend,
    drm: { gemClose: () => 0, gemCloseMany: (_fd, handles) => handles.length, close: () => 0 },
    panfrost: {
      createBo: () => ({ handle: ++handle, gpuAddress: 0n }),
      madvise: () => 1,
      mmapBo: () => ({ offset: 0n }),
    },
    batch: {
      createMany: (_driver, _fd, _sizes, _flags, results) => fill(results, () => ++handle),
      madviseMany: (_driver, _fd, _handles, _advice, results) => fill(results, () => 1),
    },
    memory: { mmap: () => ({ lengthBytes: 4096 }), munmap: () => 0 },
    dmaHeap: { open: () => 0, allocate: () => 0, size: () => 4096, close: () => 0 },
  }
}

const calls = (works) =>
  Object.entries(works).map(([name, work]) => {
    return { name, operations: 1, warmUp: WARM_UP, run: (count) => timed(() => repeat(count, work)) }
  })

function inNs(times) {
  return Object.entries(times).map(([name, rounds]) => ({ name, ns: median(rounds) }))
}

function repeat(count, work) {
  for (let i = 0; i < count; i++) work()
}
