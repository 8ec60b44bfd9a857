/** Runs in the guest: the bridge on the real Panfrost and vgem. Prints one JSON object of what it found. */
const { openDevice, createUdmabuf } = await import('/app/dist/index.js')
const { loadNativeBackend } = await import('/app/dist/native-backend/native-backend.js')
const { closeSync, ftruncateSync, openSync, readSync } = await import('node:fs')
const found = { arch: process.arch }
const attempt = (name, run) => {
  try {
    found[name] = run() ?? 'ok'
  } catch (error) {
    found[name] = `${error.name}: ${error.message}`
  }
}
const attemptAsync = async (name, run) => {
  try {
    found[name] = (await run()) ?? 'ok'
  } catch (error) {
    found[name] = `${error.name}: ${error.message}`
  }
}

const panfrost = openDevice({ driver: 'panfrost' })
found.version = `${panfrost.version.major}.${panfrost.version.minor}`
attempt('caps', () => `${panfrost.getCap('PRIME')} ${panfrost.getCap('SYNCOBJ')}`)
attempt('dumb cap', () => String(panfrost.getCap('DUMB_BUFFER')))
attempt('prime to the same device', () => {
  const buffer = panfrost.createBuffer({ sizeBytes: 65536 })
  const dmaBuf = buffer.export()
  const again = panfrost.import(dmaBuf)
  const same = again === buffer && buffer.owners === 2
  dmaBuf.close()
  buffer.close()
  const isOpen = !again.closed
  again.close()
  return same && isOpen && again.closed && panfrost.buffers.length === 0
})
attempt('label', () => panfrost.panfrost().setLabel(panfrost.createBuffer({ sizeBytes: 4096 }), 'x'))
await attemptAsync('wait idle', async () => {
  const buffer = panfrost.buffers[0]
  return await buffer.waitIdle({ timeoutMs: 1000 })
})
attempt('submit nothing', () =>
  panfrost.panfrost().submit({
    jc: 0n,
    requirements: 0,
    inSyncs: new Uint32Array(),
    outSync: 0,
    boHandles: new Uint32Array(),
    jmCtxHandle: 0,
  }),
)
await attemptAsync('syncobj', async () => {
  const syncobj = panfrost.createSyncobj()
  const before = await syncobj.wait({ timeoutMs: 20, forSubmit: true })
  const waiting = syncobj.wait({ timeoutMs: 60_000, forSubmit: true })
  syncobj.signal()
  const after = await waiting
  const file = syncobj.exportSyncFile()
  const { status } = file.info()
  const signalled = await file.wait({ timeoutMs: 1000 })
  file.close()
  syncobj.reset()
  const abort = new AbortController()
  const aborted = syncobj.wait({ forSubmit: true, signal: abort.signal })
  abort.abort(new Error('enough'))
  const reason = await aborted.catch((error) => error.message)
  syncobj.close()
  return [before, after, status, signalled, reason].join(' ')
})
attempt('usage', () => {
  const usage = panfrost.usage()
  return usage === undefined ? 'none' : `${usage.driver} ${usage.memory.memory?.total > 0n}`
})
attempt('batch', () => {
  const buffers = panfrost.createMany(Array(50).fill(8192), { noexec: true })
  const first = panfrost.madviseMany(buffers, 'dontneed').every(Boolean)
  const second = panfrost.madviseMany(buffers, 'willneed').every(Boolean)
  panfrost.closeMany(buffers)
  return first && second && buffers.every((buffer) => buffer.closed)
})
await attemptAsync('program', async () => {
  const result = await panfrost.runProgram({
    threads: 4,
    iterations: 100,
    operations: [
      { op: 'create', slot: 0, sizeBytes: 65536 },
      { op: 'map', slot: 0 },
      { op: 'fill', slot: 0, seed: 5n },
      { op: 'madvise', slot: 0, advice: 'dontneed' },
      { op: 'madvise', slot: 0, advice: 'willneed' },
      { op: 'verify', slot: 0, seed: 5n },
      { op: 'close', slot: 0 },
    ],
  })
  const { operations } = result
  const errors = Object.values(operations).flatMap((op) => Object.keys(op.errors))
  return `${result.iterations} ${operations.madvise.count} ${operations.verify.corrupt} ${errors.length}`
})
await attemptAsync('large allocation', async () => {
  const buffer = await panfrost.createBufferAsync({ sizeBytes: 32 << 20, noexec: true })
  buffer.close()
  return buffer.sizeBytes === 32 << 20
})
attempt('bytes', () => {
  const buffer = panfrost.createBuffer({ sizeBytes: 4096 })
  const mapping = buffer.map()
  mapping.bytes[9] = 9
  const seen = mapping.read(9, 1)[0]
  const { bytes } = mapping
  buffer.close()
  return `${seen} ${bytes[9]}`
})

await attemptAsync('vgem', async () => {
  const vgem = openDevice({ driver: 'vgem' })
  const buffer = vgem.createBuffer({ sizeBytes: 65536 })
  const mapping = buffer.map()
  mapping.fill(3n)
  const dmaBuf = buffer.export()
  dmaBuf.setName('shared')
  const imported = panfrost.import(dmaBuf)
  const placed = imported.gpuAddress > 0n
  const idle = await dmaBuf.wait('w', { timeoutMs: 0 })
  const fence = vgem.vgem().attachFence(buffer, 'write')
  const busy = await dmaBuf.wait('w', { timeoutMs: 20 })
  const waiting = dmaBuf.wait('w', { timeoutMs: 9000 })
  const file = dmaBuf.exportSyncFile('rw')
  const { status } = file.info()
  vgem.vgem().signalFence(fence)
  const signalled = await waiting
  const through = dmaBuf.map()
  through.verify(3n)
  const advice = (() => {
    try {
      buffer.madvise('dontneed')
    } catch (error) {
      return error.name
    }
  })()
  imported.close()
  file.close()
  dmaBuf.close()
  buffer.close()
  vgem.close()
  return [placed, idle, busy, status, signalled, advice].join(' ')
})
attempt('udmabuf', () => {
  const dmaBuf = createUdmabuf(65536, { parts: 4 })
  const mapping = dmaBuf.map()
  mapping.fill(8n)
  mapping.verify(8n)
  const imported = panfrost.import(dmaBuf)
  const size = imported.sizeBytes
  imported.close()
  dmaBuf.close()
  return size
})
attempt('offsets above 4 GiB', () => {
  // Of a sparse file, by the addon's own mmap; what it wrote is read back by Node's pread.
  const { memory } = loadNativeBackend().backend
  const offset = 2n ** 40n + 3n * 4096n
  const fd = openSync('/tmp/sparse', 'w+')
  ftruncateSync(fd, Number(offset) + 4096)
  const there = (at) => {
    const map = memory.mmap(fd, at, 4096)
    memory.fill(map, at, 0, 4096)
    const bytes = new Uint8Array(4096)
    readSync(fd, bytes, 0, 4096, Number(at))
    const isSame = Buffer.compare(bytes, memory.read(map, 0, 4096)) === 0 && bytes.some((byte) => byte !== 0)
    memory.munmap(map)
    return isSame
  }
  const answer = `${offset} ${there(offset)} ${there(3n * 2n ** 30n)}`
  closeSync(fd)
  return answer
})
attempt('timeline', () => {
  const syncobj = panfrost.createSyncobj()
  const point = 2n ** 64n - 2n
  syncobj.signal(point)
  const seen = syncobj.query()
  syncobj.close()
  return String(seen)
})
attempt('addresses of 64 bits', () => {
  // CREATE_BO's answer and GET_BO_OFFSET's lie at different places of their structures.
  const { panfrost: calls } = loadNativeBackend().backend
  const fd = openSync(panfrost.node, 'r+')
  const made = calls.createBo(fd, 65536, 0)
  const told = calls.getBoOffset(fd, made.handle)
  const { offset } = calls.mmapBo(fd, made.handle, 0)
  closeSync(fd)
  return made.gpuAddress > 0n && made.gpuAddress === told.gpuAddress && offset > 0n
})
attempt('seed of 64 bits', () => {
  const buffer = panfrost.createBuffer({ sizeBytes: 8192 })
  const mapping = buffer.map()
  mapping.fill(2n ** 64n - 1n)
  const differs = (seed) => {
    try {
      mapping.verify(seed)
    } catch {
      return true
    }
  }
  mapping.verify(2n ** 64n - 1n)
  const answer = differs(2n ** 32n - 1n) && differs(2n ** 63n - 1n)
  buffer.close()
  return answer
})
panfrost.closeAll()
console.log(JSON.stringify(found, undefined, 1))
