/** The native bridge without a GPU: errnos of the real kernel on files that are none of a driver's, bytes, threads. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Backend } from '../../dist/backend/backend.js'
import { POLLIN, POLLOUT } from '../../dist/backend/dma-buf-calls.js'
import { ERRNO } from '../../dist/backend/errno.js'
import { xxh64 } from '../../dist/sim/lib/xxh64.js'
import { runScript } from './child.js'
import { describeNative, granted, mappedFile, temporaryFile } from './native-addon.js'

const NONE = new Uint32Array(0)
const POINTS = new BigUint64Array(0)
const SYNC = { flags: 0, handle: 1, timelineValue: 0n }
const BIND = { flags: 0, boHandle: 1, boOffset: 0n, gpuAddress: 0n, sizeBytes: 4096n, syncs: [SYNC] }
const JOB = { jc: 1n, requirements: 0, inSyncs: NONE, outSync: 0, boHandles: NONE, jmCtxHandle: 0 }
const GROUP = {
  vmId: 1,
  priority: 1,
  queues: [{ priority: 0, ringbufSizeBytes: 65536 }],
  maxComputeCores: 1,
  maxFragmentCores: 1,
  maxTilerCores: 1,
  computeCoreMask: 1n,
  fragmentCoreMask: 1n,
  tilerCoreMask: 1n,
}
const QUEUE = { queueIndex: 0, streamSizeBytes: 0, streamGpuAddress: 0n, latestFlush: 0, syncs: [SYNC] }
const HEAP = { vmId: 1, initialChunkCount: 1, chunkSizeBytes: 131072, maxChunks: 2, targetInFlight: 1 }

/** Every request of the bridge with arguments that reach the kernel. */
const REQUESTS: [string, (backend: Backend, fd: number) => unknown][] = [
  ['GET_CAP', ({ drm }, fd) => drm.getCap(fd, 5)],
  ['SET_CLIENT_CAP', ({ drm }, fd) => drm.setClientCap(fd, 1, 1n)],
  ['PRIME_HANDLE_TO_FD', ({ drm }, fd) => drm.primeHandleToFd(fd, 1, 0)],
  ['PRIME_FD_TO_HANDLE', ({ drm }, fd) => drm.primeFdToHandle(fd, fd)],
  ['CREATE_DUMB', ({ drm }, fd) => drm.createDumb(fd, 64, 64, 32)],
  ['MAP_DUMB', ({ drm }, fd) => drm.mapDumb(fd, 1)],
  ['DESTROY_DUMB', ({ drm }, fd) => drm.destroyDumb(fd, 1)],
  ['SYNCOBJ_CREATE', ({ syncobj }, fd) => syncobj.create(fd, 0)],
  ['SYNCOBJ_DESTROY', ({ syncobj }, fd) => syncobj.destroy(fd, 1)],
  ['SYNCOBJ_WAIT', ({ syncobj }, fd) => syncobj.wait(fd, NONE, 0n, 0)],
  ['SYNCOBJ_TIMELINE_WAIT', ({ syncobj }, fd) => syncobj.timelineWait(fd, NONE, POINTS, 0n, 0)],
  ['SYNCOBJ_RESET', ({ syncobj }, fd) => syncobj.reset(fd, NONE)],
  ['SYNCOBJ_SIGNAL', ({ syncobj }, fd) => syncobj.signal(fd, NONE)],
  ['SYNCOBJ_TIMELINE_SIGNAL', ({ syncobj }, fd) => syncobj.timelineSignal(fd, NONE, POINTS)],
  ['SYNCOBJ_QUERY', ({ syncobj }, fd) => syncobj.query(fd, NONE, 0)],
  ['SYNCOBJ_HANDLE_TO_FD', ({ syncobj }, fd) => syncobj.handleToFd(fd, 1)],
  ['SYNCOBJ_FD_TO_HANDLE', ({ syncobj }, fd) => syncobj.fdToHandle(fd, fd)],
  ['export sync file', ({ syncobj }, fd) => syncobj.exportSyncFile(fd, 1)],
  ['import sync file', ({ syncobj }, fd) => syncobj.importSyncFile(fd, 1, fd)],
  ['SYNC_IOC_FILE_INFO', ({ syncFile }, fd) => syncFile.info(fd)],
  ['SYNC_IOC_MERGE', ({ syncFile }, fd) => syncFile.merge(fd, fd, 'x')],
  ['panfrost SUBMIT', ({ panfrost }, fd) => panfrost.submit(fd, JOB)],
  ['panfrost WAIT_BO', ({ panfrost }, fd) => panfrost.waitBo(fd, 1, 0n)],
  ['panfrost GET_BO_OFFSET', ({ panfrost }, fd) => panfrost.getBoOffset(fd, 1)],
  ['panfrost SET_LABEL_BO', ({ panfrost }, fd) => panfrost.setLabelBo(fd, 1, 'label')],
  ['panfrost JM_CTX_CREATE', ({ panfrost }, fd) => panfrost.jmCtxCreate(fd, 0)],
  ['panfrost JM_CTX_DESTROY', ({ panfrost }, fd) => panfrost.jmCtxDestroy(fd, 1)],
  ['panfrost SYNC_BO', ({ panfrost }, fd) => panfrost.syncBo(fd, [])],
  ['panfrost QUERY_BO_INFO', ({ panfrost }, fd) => panfrost.queryBoInfo(fd, 1)],
  ['panthor DEV_QUERY', ({ panthor }, fd) => panthor.devQuery(fd, 'gpuInfo')],
  ['panthor VM_CREATE', ({ panthor }, fd) => panthor.vmCreate(fd, 0n)],
  ['panthor VM_DESTROY', ({ panthor }, fd) => panthor.vmDestroy(fd, 1)],
  ['panthor VM_GET_STATE', ({ panthor }, fd) => panthor.vmGetState(fd, 1)],
  ['panthor VM_BIND', ({ panthor }, fd) => panthor.vmBind(fd, 1, 0, [BIND]).result],
  ['panthor BO_CREATE', ({ panthor }, fd) => panthor.boCreate(fd, 4096n, 0, 0)],
  ['panthor BO_MMAP_OFFSET', ({ panthor }, fd) => panthor.boMmapOffset(fd, 1)],
  ['panthor BO_SET_LABEL', ({ panthor }, fd) => panthor.boSetLabel(fd, 1, null)],
  ['panthor BO_SYNC', ({ panthor }, fd) => panthor.boSync(fd, [])],
  ['panthor BO_QUERY_INFO', ({ panthor }, fd) => panthor.boQueryInfo(fd, 1)],
  ['panthor GROUP_CREATE', ({ panthor }, fd) => panthor.groupCreate(fd, GROUP)],
  ['panthor GROUP_DESTROY', ({ panthor }, fd) => panthor.groupDestroy(fd, 1)],
  ['panthor GROUP_GET_STATE', ({ panthor }, fd) => panthor.groupGetState(fd, 1)],
  ['panthor GROUP_SUBMIT', ({ panthor }, fd) => panthor.groupSubmit(fd, 1, [QUEUE])],
  ['panthor TILER_HEAP_CREATE', ({ panthor }, fd) => panthor.tilerHeapCreate(fd, HEAP)],
  ['panthor TILER_HEAP_DESTROY', ({ panthor }, fd) => panthor.tilerHeapDestroy(fd, 1)],
  ['i915 GEM_CREATE', ({ i915 }, fd) => i915.gemCreate(fd, 4096n)],
  [
    'i915 GEM_CREATE_EXT',
    ({ i915 }, fd) => i915.gemCreateExt(fd, 4096n, 0, [{ memoryClass: 0, memoryInstance: 0 }]),
  ],
  ['i915 GEM_MMAP_OFFSET', ({ i915 }, fd) => i915.gemMmapOffset(fd, 1, 2n)],
  ['i915 GEM_MADVISE', ({ i915 }, fd) => i915.gemMadvise(fd, 1, 0)],
  ['i915 GEM_GET_APERTURE', ({ i915 }, fd) => i915.gemGetAperture(fd)],
  ['i915 GETPARAM', ({ i915 }, fd) => i915.getParam(fd, 4)],
  ['msm GEM_NEW', ({ msm }, fd) => msm.gemNew(fd, 4096n, 0x20000)],
  ['msm GEM_INFO', ({ msm }, fd) => msm.gemInfo(fd, 1, 0)],
  ['msm GEM_MADVISE', ({ msm }, fd) => msm.gemMadvise(fd, 1, 0)],
  ['msm GET_PARAM', ({ msm }, fd) => msm.getParam(fd, 16, 1)],
  ['vc4 CREATE_BO', ({ vc4 }, fd) => vc4.createBo(fd, 4096)],
  ['vc4 MMAP_BO', ({ vc4 }, fd) => vc4.mmapBo(fd, 1)],
  ['vc4 GEM_MADVISE', ({ vc4 }, fd) => vc4.gemMadvise(fd, 1, 0)],
  ['vc4 GET_PARAM', ({ vc4 }, fd) => vc4.getParam(fd, 7)],
  ['vgem FENCE_ATTACH', ({ vgem }, fd) => vgem.fenceAttach(fd, 1, 0)],
  ['vgem FENCE_SIGNAL', ({ vgem }, fd) => vgem.fenceSignal(fd, 1)],
  ['DMA_BUF_SET_NAME', ({ dmaBuf }, fd) => dmaBuf.setName(fd, 'name')],
  ['DMA_BUF_EXPORT_SYNC_FILE', ({ dmaBuf }, fd) => dmaBuf.exportSyncFile(fd, 1)],
  ['DMA_BUF_IMPORT_SYNC_FILE', ({ dmaBuf }, fd) => dmaBuf.importSyncFile(fd, 1, fd)],
  ['UDMABUF_CREATE', ({ udmabuf }, fd) => udmabuf.create(fd, { memfd: fd, offset: 0n, sizeBytes: 4096n })],
  ['UDMABUF_CREATE_LIST', ({ udmabuf }, fd) => udmabuf.createList(fd, [])],
]

describeNative('requests of the native bridge', (backend) => {
  it.each(REQUESTS)('%s: ENOTTY from an ordinary file, EBADF from none', (_name, call) => {
    using file = temporaryFile(4096)
    expect(call(backend, file.fd)).toBe(-ERRNO.ENOTTY)
    expect(call(backend, 0x7fff_fff0)).toBe(-ERRNO.EBADF)
  })

  it('objects with a field of the wrong type are a TypeError that names it', () => {
    expect(() => backend.panfrost.submit(1, { ...JOB, jc: 1 as never })).toThrow('job.jc must be a bigint')
    expect(() => backend.panthor.vmBind(1, 1, 0, [{ ...BIND, syncs: [{}] as never }])).toThrow('syncs.flags')
    expect(() => backend.panthor.vmBind(1, 1, 0, {} as never)).toThrow('operations must be an array')
    expect(() => backend.panthor.devQuery(1, 'none' as never)).toThrow('kind must be gpuInfo')
    expect(() => backend.batch.createMany('tyr' as never, 1, NONE, 0, new Float64Array())).toThrow('driver')
    expect(() => backend.syncobj.timelineWait(1, Uint32Array.of(1), POINTS, 0n, 0)).toThrow('of 1 elements')
  })

  it('memfd: sealed against shrinking, and told by fdinfo and inode', () => {
    const { udmabuf, fdinfo, dmaBuf } = backend
    const memfd = udmabuf.createMemfd('gemrig test', 8192)
    expect(udmabuf.addSeals(memfd, 2)).toBe(0)
    expect(readFileSync(`/proc/self/fdinfo/${memfd}`, 'utf8')).toBe(granted(fdinfo.read(memfd)).text)
    expect(granted(dmaBuf.inode(memfd)).inode).toBeGreaterThan(0n)
    expect(dmaBuf.poll(memfd, 1, 0)).toBe(1)
    expect(udmabuf.close(memfd)).toBe(0)
    expect(fdinfo.read(memfd)).toBe(-ERRNO.ENOENT)
    expect(dmaBuf.inode(memfd)).toBe(-ERRNO.EBADF)
  })
})

describeNative('bytes, copy and hash', (backend) => {
  const { memory } = backend

  it('hash is XXH64, whatever the offset and length', () => {
    using mapped = mappedFile(backend, 4096)
    memory.fill(mapped.map, 3n, 0, 4096)
    const all = granted(memory.read(mapped.map, 0, 4096))
    for (const [offset, length] of [
      [0, 4096],
      [1, 0],
      [3, 3],
      [5, 31],
      [7, 32],
      [9, 100],
    ] as const) {
      const hash = xxh64(all.subarray(offset, offset + length))
      expect(memory.hash(mapped.map, offset, length)).toEqual({ hash })
    }
  })

  it('copy moves bytes, also inside one mapping, and answers SIGBUS from either side', () => {
    using a = mappedFile(backend, 8192)
    using b = mappedFile(backend, 8192)
    memory.fill(a.map, 1n, 0, 8192)
    expect(memory.copy(b.map, 0, a.map, 0, 8192)).toBe(0)
    expect(memory.verify(b.map, 1n, 0, 8192)).toBe(8192)
    const before = granted(memory.read(a.map, 0, 4000))
    expect(memory.copy(a.map, 8, a.map, 0, 4000)).toBe(0)
    expect(Buffer.compare(granted(memory.read(a.map, 8, 4000)), before)).toBe(0)
    expect(memory.copy(a.map, 8000, b.map, 0, 200)).toBe(-ERRNO.EINVAL)
    a.file.resize(0)
    expect(memory.copy(a.map, 0, b.map, 0, 16)).toBe(-135)
    expect(memory.copy(b.map, 0, a.map, 0, 16)).toBe(-135)
    expect(memory.hash(a.map, 0, 16)).toBe(-135)
  })

  it('bytes is the memory itself, once, and reads zeroes after munmap', () => {
    using file = temporaryFile(4096)
    const map = granted(memory.mmap(file.fd, 0n, 4096))
    const bytes = granted(memory.bytes(map))
    bytes[7] = 99
    expect(readFileSync(file.path)[7]).toBe(99)
    expect(memory.bytes(map)).toBe(-ERRNO.EBUSY)
    expect(memory.munmap(map)).toBe(0)
    expect(bytes[7]).toBe(0)
    bytes[7] = 1
    expect(readFileSync(file.path)[7]).toBe(99)
    expect(memory.bytes(map)).toBe(-ERRNO.EINVAL)
  })

  it('bytes survive detach, transfer, munmap and collection in any order, and leave no mapping', () => {
    const result = runScript(
      `
      import { readFileSync, mkdtempSync, openSync, rmSync, ftruncateSync } from 'node:fs'
      const folder = mkdtempSync('/tmp/gemrig-native-')
      const fd = openSync(folder + '/exposed', 'w+')
      ftruncateSync(fd, 4096)
      rmSync(folder, { recursive: true })
      const mapped = () => readFileSync('/proc/self/maps', 'utf8').split(folder + '/exposed').length - 1
      const steps = [
        (s) => { s.bytes && structuredClone(s.bytes.buffer, { transfer: [s.bytes.buffer] }) },
        (s) => { s.moved = s.bytes?.buffer.transfer?.() },
        (s) => { backend.memory.munmap(s.map) },
        (s) => { delete s.bytes; globalThis.gc() },
        (s) => { try { s.bytes[0] = 1; new Uint8Array(s.moved)[0] = 1 } catch {} },
      ]
      let seed = 1
      for (let round = 0; round < 300; round++) {
        const state = { map: backend.memory.mmap(fd, 0n, 4096) }
        state.bytes = backend.memory.bytes(state.map)
        for (let i = 0; i < 6; i++) {
          seed = (seed * 48271) % 2147483647
          steps[seed % steps.length](state)
          if (seed % 7 === 0) await tick()
        }
      }
      for (let i = 0; i < 50 && mapped() > 0; i++) { globalThis.gc(); await tick() }
      console.log(mapped())
      `,
      { nodeArguments: ['--expose-gc'] },
    )
    expect(result).toMatchObject({ stdout: '0\n', stderr: '', code: 0 })
  })
})

describeNative('calls on threads of their own', (backend) => {
  const { blocking, program } = backend

  it('poll ends at its time, at cancel(), and when there is something', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gemrig-native-'))
    const path = join(folder, 'fifo')
    execFileSync('mkfifo', [path])
    // Opened both ways, so that nobody waits for another end. Node's own loop does not know of it.
    const fd = openSync(path, 'r+')
    try {
      const never = 2n ** 63n - 1n
      expect(await blocking.poll(fd, POLLOUT, 0n).result).toBe(POLLOUT)
      const in50ms = blocking.nowNs() + 50_000_000n
      expect(await blocking.poll(fd, POLLIN, in50ms).result).toBe(0)
      expect(blocking.nowNs()).toBeGreaterThanOrEqual(in50ms)
      const cancelled = blocking.poll(fd, POLLIN, never)
      setTimeout(() => cancelled.cancel(), 20)
      expect(await cancelled.result).toBe(-ERRNO.ECANCELED)
      const arriving = blocking.poll(fd, POLLIN, never)
      setTimeout(() => writeSync(fd, 'x'), 20)
      expect(await arriving.result).toBe(POLLIN)
    } finally {
      closeSync(fd)
      rmSync(folder, { recursive: true })
    }
  })

  it('a refused wait and a refused allocation answer their errno', async () => {
    using file = temporaryFile(4096)
    const late = blocking.nowNs() + 60_000_000_000n
    expect(await blocking.panfrostWaitBo(file.fd, 1, late).result).toBe(-ERRNO.ENOTTY)
    expect(await blocking.syncobjWait(file.fd, NONE, late, 0).result).toBe(-ERRNO.ENOTTY)
    expect(await blocking.syncobjTimelineWait(file.fd, NONE, POINTS, late, 0).result).toBe(-ERRNO.ENOTTY)
    expect(await blocking.heapAllocate(file.fd, 4096).result).toBe(-ERRNO.ENOTTY)
    expect(await blocking.createBuffer('panfrost', file.fd, 4096, 0).result).toBe(-ERRNO.ENOTTY)
  })

  it('a program counts each operation of each thread, in buckets that add up', async () => {
    using file = temporaryFile(4096)
    const code = new Uint32Array([0, 0, 4096, 0, 4, 0, 1, 0, 9, 0, 200, 0])
    const request = { driver: 'panfrost' as const, fd: file.fd, threads: 2, iterations: 50, code }
    const report = granted(await program.run(request).result)
    expect(report).toMatchObject({ iterations: 100, stopped: false })
    expect(report.operations.create).toMatchObject({ count: 100, errors: { [ERRNO.ENOTTY]: 100 } })
    expect(report.operations.madvise).toMatchObject({ count: 100, errors: { [ERRNO.ENOENT]: 100 } })
    const { sleep } = report.operations
    expect(sleep?.minimumNs).toBeGreaterThanOrEqual(200_000)
    expect(sleep?.histogram.reduce((sum, count) => sum + count)).toBe(100)
    expect(report.operations.fill).toBeUndefined()
  })

  it('a program advises handles on all of its threads', async () => {
    using file = temporaryFile(4096)
    const code = new Uint32Array([11, 0, 7, 1])
    const request = { driver: 'panfrost' as const, fd: file.fd, threads: 4, iterations: 5, code }
    const { operations } = granted(await program.run(request).result)
    expect(operations.madviseHandle).toMatchObject({ count: 20, errors: { [ERRNO.ENOTTY]: 20 } })
  })

  it('a program stops when it is told to, also an empty one', async () => {
    for (const code of [new Uint32Array(), new Uint32Array([9, 0, 1_000_000, 0])]) {
      const running = program.run({ driver: 'dumb', fd: 0, threads: 2, iterations: 2 ** 32 - 1, code })
      setTimeout(() => running.stop(), 20)
      expect(granted(await running.result).stopped).toBe(true)
    }
  })

  it('ending a worker or the process in the middle crashes nothing', () => {
    const url = new URL('../../dist/native-backend/native-backend.js', import.meta.url).href
    const result = runScript(
      `
      import { Worker } from 'node:worker_threads'
      import { once } from 'node:events'
      const body = "import { parentPort } from 'node:worker_threads'; import('${url}').then(({ loadNativeBackend }) => {" +
        "const { backend: { blocking, program } } = loadNativeBackend();" +
        "for (let i = 0; i < 8; i++) { blocking.panfrostWaitBo(0, 1, 2n ** 63n - 1n); blocking.poll(process.stdin.fd ?? 0, 2, 2n ** 62n);" +
        "program.run({ driver: 'dumb', fd: 0, threads: 2, iterations: 4294967295, code: new Uint32Array([9, 0, 1000000, 0]) }) }" +
        "parentPort.postMessage('busy') })"
      for (let round = 0; round < 15; round++) {
        const worker = new Worker(body, { eval: true })
        await once(worker, 'message')
        await new Promise((resolve) => setTimeout(resolve, round))
        await worker.terminate()
      }
      const { loadNativeBackend } = await import('${url}')
      loadNativeBackend().backend.blocking.poll(0, 2, 2n ** 63n - 1n)
      console.log('alive')
      process.exit(0)
      `,
      { prelude: false },
    )
    expect(result).toMatchObject({ stdout: 'alive\n', stderr: '', code: 0 })
  })
})
