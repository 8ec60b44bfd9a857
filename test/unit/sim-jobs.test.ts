import { beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { PanfrostJob } from '../../src/backend/panfrost-calls.js'
import { DONTNEED, hog, MIB, newBo, NODE, type Process, taken, TestMachine } from './sim-machine.js'

const { EALREADY, EBUSY, ECANCELED, EINVAL, ENODEV, ENOENT, ETIME, ETIMEDOUT, EOPNOTSUPP } = ERRNO
const FOREVER = (1n << 63n) - 1n
let machine: TestMachine
let user: Process
let fd: number

function start(options: ConstructorParameters<typeof TestMachine>[0] = {}): void {
  machine = new TestMachine(options)
  user = machine.spawn('user')
  fd = user.backend.drm.open(NODE)
}

beforeEach(() => {
  start()
  return () => machine.kernel.checkInvariants()
})

const job = (more: Partial<PanfrostJob> = {}): PanfrostJob => ({
  jc: 0x1000n,
  requirements: 0,
  inSyncs: new Uint32Array(),
  outSync: 0,
  boHandles: new Uint32Array(),
  jmCtxHandle: 0,
  ...more,
})
const submit = (more: Partial<PanfrostJob> = {}): number => user.backend.panfrost.submit(fd, job(more))
const timeNs = (): number => user.task.cpu.nowNs(machine.nowNs)
const newSyncobj = (): number => taken(user.backend.syncobj.create(fd, 0)).handle
const of = (...handles: number[]): Uint32Array => Uint32Array.from(handles)

test('SUBMIT refuses in the order of the driver', () => {
  const bo = newBo(user, fd, 4096)
  const empty = newSyncobj()
  expect(submit({ jc: 0n, requirements: 8 })).toBe(-EINVAL)
  expect(submit({ requirements: 2, outSync: 99 })).toBe(-EINVAL)
  expect(submit({ outSync: 99, inSyncs: of(98) })).toBe(-ENODEV)
  expect(submit({ inSyncs: of(98), boHandles: of(97) })).toBe(-ENOENT)
  expect(submit({ inSyncs: of(empty), boHandles: of(97) })).toBe(-EINVAL)
  expect(submit({ boHandles: of(bo, 97) })).toBe(-ENOENT)
  expect(submit({ boHandles: of(bo, bo) })).toBe(-EALREADY)
  expect(user.backend.panfrost.waitBo(fd, bo, 0n)).toBe(0)
})

test('WAIT_BO waits for the job, and tells a past time from one that came', () => {
  const { panfrost } = user.backend
  const bo = newBo(user, fd, 4096)
  expect(panfrost.waitBo(fd, 99, 0n)).toBe(-ENOENT)
  expect(submit({ boHandles: of(bo) })).toBe(0)
  const startNs = timeNs()
  expect(panfrost.waitBo(fd, bo, 0n)).toBe(-EBUSY)
  expect(panfrost.waitBo(fd, bo, BigInt(timeNs() + 100_000))).toBe(-ETIMEDOUT)
  expect(panfrost.waitBo(fd, bo, FOREVER)).toBe(0)
  expect(timeNs() - startNs).toBeGreaterThan(900_000)
  expect(timeNs() - startNs).toBeLessThan(1_100_000)
})

test('a slot runs one job after the other', () => {
  const bos = [newBo(user, fd, 4096), newBo(user, fd, 4096)]
  const startNs = timeNs()
  for (const bo of bos) submit({ boHandles: of(bo) })
  submit({ boHandles: of(newBo(user, fd, 4096)), requirements: 1 })
  expect(user.backend.panfrost.waitBo(fd, bos[1] ?? 0, FOREVER)).toBe(0)
  expect(Math.round((timeNs() - startNs) / 1e6)).toBe(2)
})

test('a GPU that never answers: every job is cancelled 500 ms after its start', () => {
  start({ gpuJobNs: Infinity })
  const { panfrost, syncobj, syncFile } = user.backend
  const bo = newBo(user, fd, 4096)
  const outSync = newSyncobj()
  expect(submit({ boHandles: of(bo), outSync })).toBe(0)
  const file = syncobj.exportSyncFile(fd, outSync)
  expect(taken(syncFile.info(file))).toMatchObject({ status: 0, fenceCount: 1 })
  expect(panfrost.waitBo(fd, bo, BigInt(timeNs() + 400_000_000))).toBe(-ETIMEDOUT)
  expect(panfrost.waitBo(fd, bo, BigInt(timeNs() + 200_000_000))).toBe(0)
  expect(taken(syncFile.info(file)).status).toBe(-ECANCELED)
})

test('a buffer in use is not purged, and outlives its handle until the job ends', () => {
  const { panfrost, drm } = user.backend
  const bo = newBo(user, fd, 4 * MIB)
  submit({ boHandles: of(bo) })
  expect(panfrost.madvise(fd, bo, DONTNEED)).toBe(1)
  machine.write(user, '/proc/sys/vm/drop_caches', '2')
  expect(panfrost.madvise(fd, bo, DONTNEED)).toBe(1)
  expect(panfrost.waitBo(fd, bo, FOREVER)).toBe(0)
  // The scheduler's worker frees the job later than the fence is signalled.
  machine.write(user, '/proc/sys/vm/drop_caches', '2')
  expect(panfrost.madvise(fd, bo, DONTNEED)).toBe(1)
  machine.nowNs = timeNs() + 100_000
  machine.write(user, '/proc/sys/vm/drop_caches', '2')
  expect(panfrost.madvise(fd, bo, DONTNEED)).toBe(0)

  const free = machine.kernel.pages.freePages
  const other = newBo(user, fd, MIB)
  submit({ boHandles: of(other) })
  expect(drm.gemClose(fd, other)).toBe(0)
  expect(machine.kernel.pages.freePages).toBeLessThan(free)
  machine.nowNs += 10_000_000
  drm.version(fd)
  expect(machine.kernel.pages.freePages).toBe(free)
})

test('jobs end with their file: those that wait, and those that run', () => {
  const bo = newBo(user, fd, 4096)
  const outs = [newSyncobj(), newSyncobj()]
  for (const outSync of outs) submit({ boHandles: of(bo), outSync })
  const { syncobj, syncFile, drm } = user.backend
  const files = outs.map((out) => syncobj.exportSyncFile(fd, out))
  machine.nowNs += 500_000
  drm.close(fd)
  expect(files.map((file) => taken(syncFile.info(file)).status)).toEqual([-ECANCELED, -ERRNO.ESRCH])
})

describe('syncobjs', () => {
  test('a fence of a job goes through them, and wait tells the first', () => {
    const { syncobj } = user.backend
    const [early, late] = [newSyncobj(), newSyncobj()]
    expect(syncobj.wait(fd, of(early), 0n, 0)).toBe(-EINVAL)
    expect(syncobj.wait(fd, of(early), 0n, 2)).toBe(-ETIME)
    submit({ outSync: late })
    expect(syncobj.wait(fd, of(early, late), BigInt(timeNs() + 1000), 2)).toBe(-ETIME)
    expect(syncobj.wait(fd, of(early, late), FOREVER, 2)).toEqual({ firstSignaled: 1 })
    expect(syncobj.wait(fd, of(early, late), 0n, 3)).toBe(-ETIME)
    expect(syncobj.signal(fd, of(early))).toBe(0)
    expect(syncobj.wait(fd, of(early, late), 0n, 3)).toEqual({ firstSignaled: 0 })
    expect(syncobj.reset(fd, of(early))).toBe(0)
    expect(syncobj.exportSyncFile(fd, early)).toBe(-EINVAL)
  })

  test('what is refused', () => {
    const { syncobj, drm } = user.backend
    expect(syncobj.create(fd, 2)).toBe(-EINVAL)
    expect(syncobj.destroy(fd, 9)).toBe(-EINVAL)
    expect(syncobj.wait(fd, of(9), 0n, 0)).toBe(-ENOENT)
    expect(syncobj.wait(fd, of(9), 0n, 4)).toBe(-EINVAL)
    expect(syncobj.signal(fd, of())).toBe(-EINVAL)
    expect(syncobj.handleToFd(fd, 9)).toBe(-EINVAL)
    expect(syncobj.exportSyncFile(fd, 9)).toBe(-ENOENT)
    expect(syncobj.fdToHandle(fd, fd)).toBe(-EINVAL)
    expect(syncobj.query(fd, of(newSyncobj()), 0)).toBe(-EOPNOTSUPP)
    expect(syncobj.create(drm.open('/dev/dri/renderD129'), 0)).toBe(-EOPNOTSUPP)
  })

  test('one object in two files', () => {
    const { syncobj, drm } = user.backend
    const other = drm.open(NODE)
    const handle = newSyncobj()
    const through = syncobj.handleToFd(fd, handle)
    const there = taken(syncobj.fdToHandle(other, through)).handle
    expect(syncobj.signal(other, of(there))).toBe(0)
    expect(syncobj.wait(fd, of(handle), 0n, 0)).toEqual({ firstSignaled: 0 })
    expect(syncobj.destroy(fd, handle)).toBe(0)
    expect(syncobj.wait(other, of(there), 0n, 0)).toEqual({ firstSignaled: 0 })
  })

  test('a wait goes on while its process signals, and can be cancelled', async () => {
    const { syncobj, blocking } = user.backend
    const handle = newSyncobj()
    const waiting = blocking.syncobjWait(fd, of(handle), FOREVER, 2)
    syncobj.signal(fd, of(handle))
    expect(await waiting.result).toBe(0)
    syncobj.reset(fd, of(handle))
    const cancelled = blocking.syncobjWait(fd, of(handle), FOREVER, 2)
    cancelled.cancel()
    expect(await cancelled.result).toBe(-ECANCELED)
    const late = blocking.syncobjWait(fd, of(handle), blocking.nowNs() + 5_000_000n, 2)
    expect(await late.result).toBe(-ETIME)
    expect(machine.kernel.waiters.size).toBe(0)
  })

  test('a wait that nothing can end is an error, not a hang', () => {
    const handle = newSyncobj()
    expect(() => user.backend.syncobj.wait(fd, of(handle), FOREVER, 2)).toThrow(/waits for something/)
  })
})

describe('later and earlier kernels', () => {
  test('7.2 knows labels, contexts, SYNC_BO and QUERY_BO_INFO', () => {
    start({ release: '7.2' })
    const { panfrost, drm } = user.backend
    expect(taken(drm.version(fd))).toMatchObject({ major: 1, minor: 6 })
    const bo = newBo(user, fd, 8192, 4)
    expect(panfrost.createBo(fd, 4096, 7)).toBe(-EINVAL)
    expect(panfrost.setLabelBo(fd, bo, 'x'.repeat(4096))).toBe(-ERRNO.E2BIG)
    expect(panfrost.setLabelBo(fd, bo, 'x')).toBe(0)
    expect(panfrost.queryBoInfo(fd, bo)).toEqual({ createFlags: 4, extraFlags: 0 })
    expect(panfrost.syncBo(fd, [{ handle: bo, type: 0, offset: 4096, sizeBytes: 4096 }])).toBe(0)
    expect(panfrost.syncBo(fd, [{ handle: bo, type: 0, offset: 4096, sizeBytes: 4097 }])).toBe(-EINVAL)
    expect(panfrost.syncBo(fd, [])).toBe(0)
    expect(panfrost.jmCtxCreate(fd, 3)).toBe(-EINVAL)
    const handles = Array.from({ length: 64 }, () => taken(panfrost.jmCtxCreate(fd, 1)).handle)
    expect(panfrost.jmCtxCreate(fd, 1)).toBe(-EBUSY)
    expect(submit({ jmCtxHandle: handles[63] ?? 0, requirements: 3 })).toBe(0)
    expect(panfrost.jmCtxDestroy(fd, 64)).toBe(0)
    expect(submit({ jmCtxHandle: 64 })).toBe(-EINVAL)
    expect(panfrost.jmCtxDestroy(fd, 0)).toBe(-EINVAL)
    expect(panfrost.getParam(fd, 44)).toEqual({ value: 31n })
  })

  test.each(['6.1', '6.12'] as const)('%s does not', (release) => {
    start({ release })
    const { panfrost, fdinfo } = user.backend
    const bo = newBo(user, fd, 4096)
    expect(panfrost.createBo(fd, 4096, 4)).toBe(-EINVAL)
    expect(panfrost.setLabelBo(fd, bo, null)).toBe(-EINVAL)
    expect(panfrost.queryBoInfo(fd, bo)).toBe(-EINVAL)
    expect(panfrost.jmCtxCreate(fd, 1)).toBe(-EINVAL)
    expect(panfrost.getParam(fd, 41)).toBe(-EINVAL)
    expect(submit({ jmCtxHandle: 7 })).toBe(0)
    expect(taken(fdinfo.read(fd)).text.includes('drm-driver')).toBe(release === '6.12')
  })
})

test('fdinfo tells what the buffers are', () => {
  const { panfrost, drm, fdinfo } = user.backend
  const bos = [newBo(user, fd, MIB), newBo(user, fd, 12288), newBo(user, fd, 4096)]
  panfrost.madvise(fd, bos[0] ?? 0, DONTNEED)
  submit({ boHandles: of(bos[1] ?? 0) })
  drm.primeHandleToFd(fd, bos[2] ?? 0, 0)
  const { text } = taken(fdinfo.read(fd))
  for (const line of ['total-memory:\t1040 KiB', 'shared-memory:\t4 KiB', 'active-memory:\t12 KiB']) {
    expect(text).toContain(`drm-${line}\n`)
  }
  expect(text).toContain('drm-purgeable-memory:\t1 MiB\n')
  expect(machine.read(user, `/proc/${user.task.pid}/fdinfo/${fd}`)).toBe(text)
  expect(() => hog(user, MIB)).not.toThrow()
})
