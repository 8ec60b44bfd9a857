/** Runs in the guest: the bridge on the real Panthor; only so named a part of it when told. Prints what it found as JSON. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
const { openDevice } = await import('/app/dist/index.js')

const MAP = 0
const NOEXEC = 2
const SPARSE = 8
const UNMAP = 0x1000_0000
const SIGNAL = 0x8000_0000
const ASYNC = 1
const PAGE = 4096n
const found = {}
const only = process.argv[1]
const attempt = async (name, run) => {
  if (only !== undefined && only !== name) return
  try {
    found[name] = (await run()) ?? 'ok'
  } catch (error) {
    found[name] = `${error.name}: ${error.message}`
  }
}
const op = (flags, rest) => ({
  flags,
  boHandle: 0,
  boOffset: 0n,
  gpuAddress: 0n,
  sizeBytes: PAGE,
  syncs: [],
  ...rest,
})

const device = openDevice({ driver: 'panthor' })
const panthor = device.panthor()
found.version = `${device.version.major}.${device.version.minor}`
const buffer = device.createBuffer({ sizeBytes: 1 << 20 })
const vm = panthor.createVm()

await attempt('gpu', () => {
  const gpu = panthor.query('gpuInfo')
  return [gpu.gpuId.toString(16), gpu.shaderPresent.toString(16), gpu.asPresent.toString(16)].join(' ')
})
await attempt('csif', () => {
  const { csgSlotCount, csSlotCount, csRegCount, scoreboardSlotCount } = panthor.query('csifInfo')
  return [csgSlotCount, csSlotCount, csRegCount, scoreboardSlotCount].join(' ')
})
await attempt('timestamp', () => typeof panthor.query('timestampInfo').currentTimestamp)
await attempt('priorities', () => panthor.query('groupPrioritiesInfo').allowedMask)

await attempt('vm', () => `${vm.id} ${vm.userVaRange > 0n} ${panthor.isVmUsable(vm.id)}`)
await attempt('vm of a size', () => {
  const small = panthor.createVm(1n << 32n)
  panthor.destroyVm(small.id)
  return small.userVaRange.toString(16)
})
await attempt('vm unknown', () => panthor.destroyVm(77))

await attempt('bind', () =>
  panthor.bind(vm.id, [
    op(MAP, { boHandle: buffer.handle, gpuAddress: 0x10_0000n, sizeBytes: 1n << 20n }),
    op(UNMAP, { gpuAddress: 0x10_0000n }),
  ]),
)
await attempt('bind refused', () =>
  panthor.bind(vm.id, [
    op(MAP, { boHandle: buffer.handle, gpuAddress: 0x30_0000n }),
    op(MAP, { boHandle: 999, gpuAddress: 0x40_0000n }),
  ]),
)
await attempt('bind sparse', () =>
  panthor.bind(vm.id, [op(SPARSE | NOEXEC, { gpuAddress: 0x800_0000n, sizeBytes: 1n << 21n })]),
)
await attempt('bind sparse executable', () => panthor.bind(vm.id, [op(SPARSE, { gpuAddress: 0x2000_0000n })]))
await attempt('bind later', async () => {
  const done = device.createSyncobj()
  const syncs = [{ flags: SIGNAL, handle: done.handle, timelineValue: 0n }]
  panthor.bind(vm.id, [op(MAP, { boHandle: buffer.handle, gpuAddress: 0x50_0000n, syncs })], ASYNC)
  const signalled = await done.wait({ timeoutMs: 20_000 })
  done.close()
  return signalled
})

await attempt('label', () => panthor.setLabel(buffer, 'a buffer'))
await attempt('label in debugfs', () => {
  const folder = '/sys/kernel/debug/dri'
  return readdirSync(folder).some((name) => {
    try {
      return readFileSync(`${folder}/${name}/gems`, 'utf8').includes('a buffer')
    } catch {
      return false
    }
  })
})
await attempt('label too long', () => panthor.setLabel(buffer, 'x'.repeat(5000)))
await attempt('info', () => {
  const { createFlags, extraFlags } = panthor.queryInfo(buffer)
  return `${createFlags} ${extraFlags}`
})
await attempt('cached', () => {
  const cached = device.createBuffer({ sizeBytes: 8192, cached: true })
  cached.map().fill(5n)
  panthor.sync([{ handle: cached.handle, type: 0, offset: 0n, sizeBytes: 8192n }])
  const { createFlags } = panthor.queryInfo(cached)
  cached.close()
  return createFlags
})
await attempt('madvise', () => String(buffer.madvise('dontneed')))

const queue = { priority: 0, ringbufSizeBytes: 1 << 16 }
const cores = {
  maxComputeCores: 4,
  maxFragmentCores: 4,
  maxTilerCores: 1,
  computeCoreMask: 0x50005n,
  fragmentCoreMask: 0x50005n,
  tilerCoreMask: 1n,
}
let group
await attempt('group', () => {
  group = panthor.createGroup({ vmId: vm.id, priority: 1, queues: [queue, queue], ...cores })
  const { state, fatalQueues } = panthor.groupState(group)
  return `${group} ${state} ${fatalQueues}`
})
await attempt('group with too many cores', () =>
  panthor.createGroup({ vmId: vm.id, priority: 1, queues: [queue], ...cores, computeCoreMask: 0xffn }),
)
await attempt('submit of nothing', async () => {
  const done = device.createSyncobj()
  const syncs = [{ flags: SIGNAL, handle: done.handle, timelineValue: 0n }]
  const empty = { streamSizeBytes: 0, streamGpuAddress: 0n, latestFlush: 0 }
  panthor.submit(group, [
    { queueIndex: 0, ...empty, syncs: [] },
    { queueIndex: 1, ...empty, syncs },
  ])
  const signalled = await done.wait({ timeoutMs: 20_000 })
  const file = done.exportSyncFile()
  const { status } = file.info()
  file.close()
  done.close()
  return `${signalled} ${status}`
})
await attempt('submit to no queue', () =>
  panthor.submit(group, [
    { queueIndex: 9, streamSizeBytes: 0, streamGpuAddress: 0n, latestFlush: 0, syncs: [] },
  ]),
)
await attempt('tiler heap', () => {
  const heap = panthor.createTilerHeap({
    vmId: vm.id,
    initialChunkCount: 2,
    chunkSizeBytes: 1 << 18,
    maxChunks: 8,
    targetInFlight: 4,
  })
  panthor.destroyTilerHeap(heap.handle)
  return `${heap.contextGpuAddress > 0n} ${heap.firstChunkGpuAddress > 0n}`
})
await attempt('tiler heap of one byte', () =>
  panthor.createTilerHeap({
    vmId: vm.id,
    initialChunkCount: 1,
    chunkSizeBytes: 1,
    maxChunks: 1,
    targetInFlight: 1,
  }),
)
await attempt('end', () => {
  panthor.destroyGroup(group)
  panthor.destroyVm(vm.id)
})

/** Resident bytes by the kernel's own account, before and after it was told to drop what it can. */
await attempt('eviction', () => {
  const sizeBytes = 1 << 18
  const buffers = Array.from({ length: 16 }, (_, index) => {
    const made = device.createBuffer({ sizeBytes })
    made.map().fill(BigInt(index))
    return made
  })
  const resident = () => Number(device.usage()?.memory.memory?.resident ?? 0n) / sizeBytes
  const before = Math.floor(resident())
  writeFileSync('/proc/sys/vm/drop_caches', '2')
  const after = Math.floor(resident())
  const whole = buffers.filter((made, index) => {
    const mapping = made.map()
    mapping.verify(BigInt(index))
    return true
  }).length
  return { before, after, whole, again: Math.floor(resident()) }
})
device.closeAll()
console.log(JSON.stringify(found, undefined, 1))
