import { beforeEach, describe, expect, test } from 'vitest'
import { POLLIN, POLLOUT } from '../../src/backend/dma-buf-calls.js'
import { ERRNO } from '../../src/backend/errno.js'
import { F_SEAL_SHRINK, F_SEAL_WRITE } from '../../src/backend/udmabuf-calls.js'
import { DONTNEED, mapBo, MIB, newBo, NODE, type Process, taken, TestMachine } from './sim-machine.js'

const { EACCES, EBADFD, EBUSY, EINVAL, ENOENT, ENOSYS, ETIMEDOUT } = ERRNO
let machine: TestMachine
let user: Process
let fd: number
let vgem: number

beforeEach(() => {
  machine = new TestMachine()
  user = machine.spawn('user')
  fd = user.backend.drm.open(NODE)
  vgem = user.backend.drm.open('/dev/dri/card1')
  return () => {
    machine.kernel.checkInvariants()
    machine.kernel.tasks.kill(user.task)
    machine.nowNs += 60e9
    machine.spawn('later').backend.drm.listNodes()
    machine.kernel.checkInvariants()
    expect(machine.kernel.pages.used('shmem') + machine.kernel.pages.used('detached')).toBe(0)
    expect(machine.kernel.pages.used('dmabuf')).toBe(0)
  }
})

const exported = (file: number, handle: number): number => user.backend.drm.primeHandleToFd(file, handle, 2)
const dropSlab = (): void => void machine.write(user, '/proc/sys/vm/drop_caches', '2')

describe('PRIME', () => {
  test('one buffer is one dma-buf, and comes back as the handle that it is', () => {
    const { drm, dmaBuf, dmaHeap } = user.backend
    const bo = newBo(user, fd, 8192)
    const first = exported(fd, bo)
    const second = exported(fd, bo)
    expect(taken(dmaBuf.inode(first))).toEqual(taken(dmaBuf.inode(second)))
    expect(drm.primeFdToHandle(fd, second)).toBe(bo)
    expect(dmaHeap.size(first)).toBe(8192)
    expect(drm.primeHandleToFd(fd, 99, 0)).toBe(-ENOENT)
    expect(drm.primeHandleToFd(fd, bo, 4)).toBe(-EINVAL)
    expect(drm.primeFdToHandle(fd, fd)).toBe(-EINVAL)
    expect(drm.primeFdToHandle(fd, 999)).toBe(-ERRNO.EBADF)
    const other = drm.open(NODE)
    const there = drm.primeFdToHandle(other, first)
    expect(drm.primeFdToHandle(other, first)).toBe(there)
    expect(user.backend.panfrost.madvise(other, there, DONTNEED)).toBe(-EINVAL)
  })

  test('an exported buffer is not purged until its last handle is gone, though the descriptor is closed', () => {
    const { panfrost, drm } = user.backend
    const bo = newBo(user, fd, MIB)
    drm.close(exported(fd, bo))
    expect(panfrost.madvise(fd, bo, DONTNEED)).toBe(1)
    dropSlab()
    expect(panfrost.madvise(fd, bo, DONTNEED)).toBe(1)
  })

  test('the reverse hole: given away, all handles closed, and the dma-buf still open', () => {
    const { panfrost, drm, memory } = user.backend
    const bo = newBo(user, fd, MIB)
    const dmaBuf = exported(fd, bo)
    const map = taken(memory.mmap(dmaBuf, 0n, MIB))
    memory.fill(map, 3n, 0, MIB)
    memory.munmap(map)
    panfrost.madvise(fd, bo, DONTNEED)
    drm.gemClose(fd, bo)
    dropSlab()
    const again = drm.primeFdToHandle(fd, dmaBuf)
    expect(panfrost.madvise(fd, again, DONTNEED)).toBe(0)
  })

  test('memory of a heap, of vgem and of this device, seen through the other side', () => {
    const { drm, memory, dmaHeap } = user.backend
    const heap = dmaHeap.open('system')
    const dumb = taken(drm.createDumb(vgem, 1024, 16, 32))
    const sources = [dmaHeap.allocate(heap, 65536), exported(vgem, dumb.handle)]
    for (const source of sources) {
      const map = taken(memory.mmap(source, 0n, 65536))
      memory.fill(map, 5n, 0, 65536)
      const handle = drm.primeFdToHandle(fd, source)
      expect(handle).toBeGreaterThan(0)
      expect(taken(user.backend.panfrost.getBoOffset(fd, handle)).gpuAddress).toBeGreaterThan(0n)
      expect(memory.verify(mapBo(user, fd, handle, 65536), 5n, 0, 65536)).toBe(65536)
      expect(user.backend.panfrost.madvise(fd, handle, DONTNEED)).toBe(1)
      dropSlab()
      expect(memory.verify(map, 5n, 0, 65536)).toBe(65536)
      drm.close(source)
    }
    const heapBuffer = newBo(user, fd, 4096, 3)
    expect(drm.primeFdToHandle(vgem, exported(fd, heapBuffer))).toBe(-EINVAL)
  })
})

describe('dumb buffers and vgem', () => {
  test('refused on a render node, on Panfrost, and for sizes that overflow', () => {
    const { drm } = user.backend
    expect(drm.createDumb(drm.open('/dev/dri/renderD129'), 8, 8, 32)).toBe(-EACCES)
    expect(drm.createDumb(drm.open('/dev/dri/card0'), 8, 8, 32)).toBe(-ENOSYS)
    expect(drm.createDumb(vgem, 0, 8, 32)).toBe(-EINVAL)
    expect(drm.createDumb(vgem, 0x8000_0000, 2, 32)).toBe(-EINVAL)
    expect(taken(drm.createDumb(vgem, 100, 2, 32))).toMatchObject({ pitchBytes: 400, sizeBytes: 4096n })
    expect(drm.mapDumb(vgem, 99)).toBe(-ENOENT)
  })

  test('fences exclude each other, are polled, and expire after 10 s', () => {
    const { drm, vgem: fences, dmaBuf, syncFile } = user.backend
    const { handle } = taken(drm.createDumb(vgem, 1024, 1, 32))
    const buffer = exported(vgem, handle)
    const reader = taken(fences.fenceAttach(vgem, handle, 0)).fence
    expect(dmaBuf.poll(buffer, POLLIN | POLLOUT, 0)).toBe(POLLIN)
    expect(fences.fenceAttach(vgem, handle, 1)).toBe(-EBUSY)
    expect(fences.fenceAttach(vgem, 99, 0)).toBe(-ENOENT)
    expect(fences.fenceAttach(vgem, handle, 2)).toBe(-EINVAL)
    const file = dmaBuf.exportSyncFile(buffer, 3)
    expect(taken(syncFile.info(file)).status).toBe(0)
    expect(fences.fenceSignal(vgem, reader)).toBe(0)
    expect(fences.fenceSignal(vgem, reader)).toBe(-ENOENT)
    expect(taken(syncFile.info(file)).status).toBe(1)
    const writer = taken(fences.fenceAttach(vgem, handle, 1)).fence
    expect(dmaBuf.poll(buffer, POLLIN | POLLOUT, 100)).toBe(0)
    expect(dmaBuf.poll(buffer, POLLIN, 60_000)).toBe(POLLIN)
    expect(fences.fenceSignal(vgem, writer)).toBe(-ETIMEDOUT)
  })

  test('a job waits for the fence of a buffer that came in, and runs when it is signalled early', () => {
    const { drm, panfrost, vgem: fences } = user.backend
    const { handle } = taken(drm.createDumb(vgem, 1024, 1, 32))
    const imported = drm.primeFdToHandle(fd, exported(vgem, handle))
    const { fence } = taken(fences.fenceAttach(vgem, handle, 1))
    const job = { jc: 1n, requirements: 0, inSyncs: new Uint32Array(), outSync: 0, jmCtxHandle: 0 }
    expect(panfrost.submit(fd, { ...job, boHandles: Uint32Array.of(imported) })).toBe(0)
    const inTwoMs = () => BigInt(user.task.cpu.nowNs(machine.nowNs) + 2_000_000)
    expect(panfrost.waitBo(fd, imported, inTwoMs())).toBe(-ETIMEDOUT)
    expect(fences.fenceSignal(vgem, fence)).toBe(0)
    expect(panfrost.waitBo(fd, imported, inTwoMs())).toBe(0)
  })

  test('sync files merge, go into other dma-bufs, and a SYNC waits for them', () => {
    const { drm, vgem: fences, dmaBuf, dmaHeap, syncFile } = user.backend
    const { handle } = taken(drm.createDumb(vgem, 1024, 1, 32))
    const first = exported(vgem, handle)
    const second = dmaHeap.allocate(dmaHeap.open('system'), 4096)
    taken(fences.fenceAttach(vgem, handle, 0))
    taken(fences.fenceAttach(vgem, handle, 0))
    const file = dmaBuf.exportSyncFile(first, 2)
    expect(taken(syncFile.info(file)).fenceCount).toBe(2)
    const merged = syncFile.merge(file, file, 'a name that is longer than it may be')
    expect(taken(syncFile.info(merged))).toMatchObject({ name: 'a name that is longer than it m' })
    expect(syncFile.merge(file, fd, 'x')).toBe(-ENOENT)
    expect(dmaBuf.importSyncFile(second, 4, merged)).toBe(-EINVAL)
    expect(dmaBuf.importSyncFile(second, 1, fd)).toBe(-EINVAL)
    expect(dmaBuf.importSyncFile(second, 2, merged)).toBe(0)
    const startNs = user.task.cpu.nowNs(machine.nowNs)
    expect(dmaHeap.sync(second, 1)).toBe(0)
    expect(Math.round((user.task.cpu.nowNs(machine.nowNs) - startNs) / 1e9)).toBe(10)
    expect(dmaBuf.setName(second, 'x'.repeat(32))).toBe(-EINVAL)
    expect(dmaBuf.setName(second, 'mine')).toBe(0)
    expect(taken(user.backend.fdinfo.read(second)).text).toContain('exp_name:\tsystem\nname:\tmine\n')
  })
})

describe('udmabuf', () => {
  const memfd = (pages: number, seals = F_SEAL_SHRINK): number => {
    const file = user.backend.udmabuf.createMemfd('test', pages * 4096)
    expect(user.backend.udmabuf.addSeals(file, seals)).toBe(0)
    return file
  }

  test('parts of several memory files, seen from both sides', () => {
    const { udmabuf, memory, drm } = user.backend
    const [a, b] = [memfd(4), memfd(4)]
    const node = udmabuf.open()
    const buffer = udmabuf.createList(node, [
      { memfd: a, offset: 4096n, sizeBytes: 8192n },
      { memfd: b, offset: 0n, sizeBytes: 16384n },
    ])
    const map = taken(memory.mmap(buffer, 0n, 24576))
    expect(memory.fill(map, 9n, 0, 24576)).toBe(0)
    expect(memory.verify(map, 9n, 0, 24576)).toBe(24576)
    const through = taken(memory.mmap(a, 0n, 16384))
    expect(taken(memory.read(through, 4096, 8))).toEqual(taken(memory.read(map, 0, 8)))
    expect(taken(memory.read(through, 0, 8))).toEqual(new Uint8Array(8))
    memory.write(through, 8192, Uint8Array.of(1, 2))
    expect(memory.verify(map, 9n, 0, 24576)).toBe(4096)
    expect(drm.primeFdToHandle(fd, buffer)).toBeGreaterThan(0)
    memory.munmap(through)
    for (const file of [a, b]) udmabuf.close(file)
    machine.kernel.checkInvariants()
    expect(memory.verify(map, 9n, 8192, 16384)).toBe(16384)
  })

  test('what is refused', () => {
    const { udmabuf } = user.backend
    const node = udmabuf.open()
    const item = { memfd: memfd(2), offset: 0n, sizeBytes: 8192n }
    const refused = (more: Partial<typeof item>): number => udmabuf.create(node, { ...item, ...more })
    expect(refused({ offset: 1n })).toBe(-EINVAL)
    expect(refused({ sizeBytes: 100n })).toBe(-EINVAL)
    expect(refused({ sizeBytes: 0n })).toBe(-EINVAL)
    expect(refused({ offset: 4096n })).toBe(-EINVAL)
    expect(refused({ sizeBytes: BigInt(65 * MIB) })).toBe(-EINVAL)
    expect(refused({ memfd: fd })).toBe(-EBADFD)
    expect(refused({ memfd: memfd(2, F_SEAL_SHRINK | F_SEAL_WRITE) })).toBe(-EINVAL)
    expect(refused({ memfd: udmabuf.createMemfd('open', 8192) })).toBe(-EINVAL)
    expect(udmabuf.createList(node, new Array(1025).fill(item) as (typeof item)[])).toBe(-EINVAL)
    expect(user.backend.dmaHeap.sync(udmabuf.create(node, item), 5)).toBe(-EINVAL)
  })
})
