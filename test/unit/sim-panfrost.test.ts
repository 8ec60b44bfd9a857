import { beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { RAISED_SIGBUS } from '../../src/backend/memory-calls.js'
import { PANFROST_BO_HEAP, PANFROST_PARAM } from '../../src/backend/panfrost-calls.js'
import {
  DONTNEED,
  idleBos,
  mapBo,
  MIB,
  newBo,
  NODE,
  NOEXEC,
  type Process,
  purgedOf,
  taken,
  TestMachine,
  WILLNEED,
} from './sim-machine.js'

const KIB64 = 64 * 1024
let machine: TestMachine
let actor: Process
let fd: number

beforeEach(() => {
  machine = new TestMachine({ memoryBytes: 64 * MIB })
  actor = machine.spawn('actor')
  fd = actor.backend.drm.open(NODE)
  return () => machine.kernel.checkInvariants()
})

const dropSlab = (): number => machine.write(actor, '/proc/sys/vm/drop_caches', '2')
const { EBADF, EINVAL, ENOENT, ENOSPC, ENOMEM, ENOTTY, EISDIR } = ERRNO

describe('identity', () => {
  test('is Panfrost 1.2 on a Mali-T860', () => {
    const { panfrost, drm } = actor.backend
    expect(taken(drm.version(fd))).toMatchObject({ name: 'panfrost', major: 1, minor: 2 })
    expect(panfrost.getParam(fd, PANFROST_PARAM.GPU_PROD_ID)).toEqual({ value: 0x860n })
    expect(panfrost.getParam(fd, 40)).toEqual({ value: 0n })
    expect(panfrost.getParam(fd, 41)).toBe(-EINVAL)
    expect(taken(drm.listNodes())).toMatchObject([
      { renderNode: NODE, primaryNode: '/dev/dri/card0' },
      { renderNode: '/dev/dri/renderD129', primaryNode: '/dev/dri/card1', busName: 'vgem' },
    ])
  })

  test('a file that is no DRM node answers ENOTTY, a wrong path ENOENT, a directory EISDIR', () => {
    const { panfrost, drm } = actor.backend
    const other = drm.open('/dev/null')
    expect(drm.version(other)).toBe(-ENOTTY)
    expect(panfrost.createBo(other, 4096, 0)).toBe(-ENOTTY)
    expect(drm.open('/dev/dri/renderD130')).toBe(-ENOENT)
    expect(drm.open('/dev/dri')).toBe(-EISDIR)
    expect(drm.close(other)).toBe(0)
    expect(drm.close(other)).toBe(-EBADF)
    expect(panfrost.madvise(other, 1, 0)).toBe(-EBADF)
  })
})

describe('CREATE_BO', () => {
  test.each([
    [0, NOEXEC],
    [4096, 4],
    [4096, PANFROST_BO_HEAP],
  ])('refuses size %i with flags %i', (sizeBytes, flags) => {
    expect(actor.backend.panfrost.createBo(fd, sizeBytes, flags)).toBe(-EINVAL)
  })

  test('allocates all pages at once, rounded up, and a heap none', () => {
    const before = machine.kernel.pages.used('shmem')
    newBo(actor, fd, 4097)
    expect(machine.kernel.pages.used('shmem') - before).toBe(2)
    newBo(actor, fd, 4 * MIB, NOEXEC | PANFROST_BO_HEAP)
    expect(machine.kernel.pages.used('shmem') - before).toBe(2)
  })

  test('gives distinct GPU addresses from 32 MiB to 4 GiB, big ones on 2 MiB, code on its own size', () => {
    const sizes = [4096, 2 * MIB, 65536, 3 * MIB, 4096]
    const ranges = sizes.map((size) => {
      const { gpuAddress } = taken(actor.backend.panfrost.createBo(fd, size, NOEXEC))
      if (size >= 2 * MIB) expect(gpuAddress % BigInt(2 * MIB)).toBe(0n)
      return { start: gpuAddress, end: gpuAddress + BigInt(size) }
    })
    const code = taken(actor.backend.panfrost.createBo(fd, 3 * 4096, 0)).gpuAddress
    expect(code % BigInt(3 * 4096)).toBe(0n)
    ranges.sort((a, b) => Number(a.start - b.start))
    for (const [i, { start, end }] of ranges.entries()) {
      expect(start >= BigInt(32 * MIB) && end <= 1n << 32n).toBe(true)
      expect(start >= (ranges[i - 1]?.end ?? 0n)).toBe(true)
    }
  })

  test('ENOSPC when the address space of the file is full, and room again after a close', () => {
    const heap = (): unknown => actor.backend.panfrost.createBo(fd, 1 << 30, NOEXEC | PANFROST_BO_HEAP)
    expect([heap(), heap(), heap()].every((bo) => typeof bo === 'object')).toBe(true)
    expect(heap()).toBe(-ENOSPC)
    expect(actor.backend.panfrost.createBo(fd, 0xffff_ffff, NOEXEC)).toBe(-ENOSPC)
    actor.backend.drm.gemClose(fd, 2)
    expect(heap()).toMatchObject({ handle: 2 })
  })

  test('ENOMEM when memory is short: nobody is killed, nothing leaks, and 6.12 warns', () => {
    const free = machine.kernel.pages.freePages
    expect(actor.backend.panfrost.createBo(fd, 128 * MIB, NOEXEC)).toBe(-ENOMEM)
    expect(machine.kernel.events.get('oom_kill')).toBe(0)
    // The page cache went, and every page is free again.
    expect(machine.kernel.pages.freePages).toBeGreaterThanOrEqual(free)
    expect(machine.kernel.pages.used('shmem')).toBe(0)
    expect(machine.read(actor, '/proc/sys/kernel/tainted')).toBe('512\n')
  })

  test('takes the lowest free handle, also one that was closed', () => {
    expect([1, 2, 3].map(() => newBo(actor, fd, 4096))).toEqual([1, 2, 3])
    expect(actor.backend.drm.gemClose(fd, 2)).toBe(0)
    expect(actor.backend.drm.gemClose(fd, 2)).toBe(-EINVAL)
    expect(newBo(actor, fd, 4096)).toBe(2)
  })

  test('handles are of one open file', () => {
    const handle = newBo(actor, fd, 4096)
    const other = actor.backend.drm.open(NODE)
    expect(actor.backend.panfrost.madvise(other, handle, DONTNEED)).toBe(-ENOENT)
    const { offset } = taken(actor.backend.panfrost.mmapBo(fd, handle, 0))
    expect(actor.backend.memory.mmap(other, offset, 4096)).toBe(-ERRNO.EACCES)
  })
})

describe('mapping', () => {
  test('MMAP_BO: flags before the handle, a heap is refused, twice the same offset', () => {
    const { panfrost } = actor.backend
    const handle = newBo(actor, fd, 4096)
    const heap = newBo(actor, fd, 4096, NOEXEC | PANFROST_BO_HEAP)
    expect(panfrost.mmapBo(fd, 99, 1)).toBe(-EINVAL)
    expect(panfrost.mmapBo(fd, 99, 0)).toBe(-ENOENT)
    expect(panfrost.mmapBo(fd, heap, 0)).toBe(-EINVAL)
    expect(panfrost.mmapBo(fd, handle, 0)).toEqual(panfrost.mmapBo(fd, handle, 0))
  })

  test('mmap: an unknown offset, one inside a buffer, and a length beyond it are EINVAL', () => {
    const { panfrost, memory } = actor.backend
    const { offset } = taken(panfrost.mmapBo(fd, newBo(actor, fd, 8192), 0))
    expect(memory.mmap(fd, 0n, 4096)).toBe(-EINVAL)
    expect(memory.mmap(fd, offset + 1n, 4096)).toBe(-EINVAL)
    expect(memory.mmap(fd, offset + 4096n, 4096)).toBe(-EINVAL)
    expect(memory.mmap(fd, offset, 8193)).toBe(-EINVAL)
    expect(taken(memory.mmap(fd, offset, 5000)).lengthBytes).toBe(5000)
  })

  test('a new buffer reads zero, also on pages that held something before', () => {
    const { memory, drm } = actor.backend
    const free = machine.kernel.pages.freePages
    const size = 32 * MIB
    for (let round = 0; round < 3; round++) {
      const handle = newBo(actor, fd, size)
      const map = mapBo(actor, fd, handle, size)
      expect(taken(memory.read(map, size - 64, 64)).every((byte) => byte === 0)).toBe(true)
      expect(memory.verify(map, 5n, 0, size)).toBe(0)
      expect(memory.fill(map, 5n, 0, size)).toBe(0)
      expect(memory.verify(map, 5n, 0, size)).toBe(size)
      memory.munmap(map)
      drm.gemClose(fd, handle)
    }
    expect(machine.kernel.pages.freePages).toBe(free)
  })

  test('a mapping outlives the handle; munmap twice, and access after it, are EINVAL', () => {
    const { memory, drm } = actor.backend
    const handle = newBo(actor, fd, KIB64)
    const map = mapBo(actor, fd, handle, KIB64)
    memory.fill(map, 1n, 0, KIB64)
    drm.gemClose(fd, handle)
    drm.close(fd)
    expect(memory.verify(map, 1n, 0, KIB64)).toBe(KIB64)
    expect(machine.kernel.pages.used('shmem')).toBe(16)
    expect(memory.munmap(map)).toBe(0)
    expect(machine.kernel.pages.used('shmem')).toBe(0)
    expect(memory.munmap(map)).toBe(-EINVAL)
    expect(memory.fill(map, 1n, 0, 1)).toBe(-EINVAL)
  })
})

describe('MADVISE', () => {
  test('retained without pressure, and the content with it', () => {
    const { panfrost, memory } = actor.backend
    const [handle = 0] = idleBos(actor, fd, 1, KIB64)
    expect(panfrost.madvise(fd, handle, WILLNEED)).toBe(1)
    expect(memory.verify(mapBo(actor, fd, handle, KIB64), 0n, 0, KIB64)).toBe(KIB64)
    expect(panfrost.madvise(fd, 99, DONTNEED)).toBe(-ENOENT)
  })

  test('a WILLNEED buffer is never purged, a heap buffer neither', () => {
    const { panfrost } = actor.backend
    const [idle = 0, again = 0] = idleBos(actor, fd, 2, KIB64)
    panfrost.madvise(fd, again, WILLNEED)
    const heap = newBo(actor, fd, 2 * MIB, NOEXEC | PANFROST_BO_HEAP)
    expect(panfrost.madvise(fd, heap, DONTNEED)).toBe(1)
    dropSlab()
    expect(purgedOf(actor, fd, [idle, again, heap])).toEqual([idle])
  })

  test('WILLNEED takes a buffer off the list: a value that adds none leaves it there', () => {
    const { panfrost } = actor.backend
    const handles = idleBos(actor, fd, 2, KIB64)
    const [needed = 0, broken = 0] = handles
    panfrost.madvise(fd, needed, WILLNEED)
    panfrost.madvise(fd, needed, 7)
    // Listed, but no longer purgeable: its pages stay.
    expect(panfrost.madvise(fd, broken, 0x8000_0000)).toBe(0)
    dropSlab()
    expect(purgedOf(actor, fd, handles)).toEqual([broken])
    expect(machine.kernel.pages.used('shmem')).toBe(32)
  })

  test('purged is for ever', () => {
    const { panfrost } = actor.backend
    const [handle = 0] = idleBos(actor, fd, 1, KIB64)
    dropSlab()
    for (const advice of [WILLNEED, DONTNEED, 5, WILLNEED])
      expect(panfrost.madvise(fd, handle, advice)).toBe(0)
    expect(machine.kernel.pages.used('shmem')).toBe(0)
  })

  test('other values are taken: small ones keep the list as it is, huge ones count as purged with all pages', () => {
    const { panfrost, memory } = actor.backend
    const [listed = 0] = idleBos(actor, fd, 1, KIB64)
    const unlisted = newBo(actor, fd, KIB64)
    const broken = newBo(actor, fd, KIB64)
    const map = mapBo(actor, fd, broken, KIB64)
    memory.fill(map, 3n, 0, 4096)
    expect(panfrost.madvise(fd, listed, 7)).toBe(1)
    expect(panfrost.madvise(fd, unlisted, 7)).toBe(1)
    expect(panfrost.madvise(fd, broken, 0xffff_ffff)).toBe(0)
    dropSlab()
    expect(purgedOf(actor, fd, [listed, unlisted, broken])).toEqual([listed, broken])
    // The page that was touched before still has its page table entry; the next one has none.
    expect(memory.verify(map, 3n, 0, 4096)).toBe(4096)
    expect(memory.read(map, 4096, 1)).toBe(RAISED_SIGBUS)
    expect(machine.kernel.pages.used('shmem')).toBe(32)
  })
})

describe('a purged buffer', () => {
  test('raises SIGBUS on every touch, and its old offset is EINVAL', () => {
    const { panfrost, memory } = actor.backend
    const handle = newBo(actor, fd, KIB64)
    const { offset } = taken(panfrost.mmapBo(fd, handle, 0))
    panfrost.madvise(fd, handle, DONTNEED)
    dropSlab()
    expect(memory.mmap(fd, offset, KIB64)).toBe(-EINVAL)
    const map = mapBo(actor, fd, handle, KIB64)
    expect(memory.read(map, 0, 16)).toBe(RAISED_SIGBUS)
    expect(memory.write(map, 100, new Uint8Array(1))).toBe(RAISED_SIGBUS)
    expect(memory.fill(map, 1n, 0, KIB64)).toBe(RAISED_SIGBUS)
    expect(memory.verify(map, 1n, 0, KIB64)).toBe(RAISED_SIGBUS)
    // The new mapping took new pages, of no use to anybody, that stay until the buffer goes.
    expect(machine.kernel.pages.used('shmem')).toBe(16)
    memory.munmap(map)
    expect(machine.kernel.pages.used('shmem')).toBe(16)
    expect(actor.backend.drm.gemClose(fd, handle)).toBe(0)
    expect(machine.kernel.pages.used('shmem')).toBe(0)
  })

  test('that was mapped counts as freed, but keeps its pages until munmap', () => {
    const { panfrost, memory } = actor.backend
    const free = machine.kernel.pages.freePages
    const handle = newBo(actor, fd, KIB64)
    const map = mapBo(actor, fd, handle, KIB64)
    memory.fill(map, 9n, 0, KIB64)
    panfrost.madvise(fd, handle, DONTNEED)
    dropSlab()
    expect(machine.kernel.shrinkers.stat(machine.kernel.panfrost.shrinker).freed).toBe(16)
    expect(memory.verify(map, 9n, 0, KIB64)).toBe(RAISED_SIGBUS)
    expect(machine.kernel.pages.used('shmem')).toBe(0)
    expect(machine.kernel.pages.used('detached')).toBe(16)
    memory.munmap(map)
    expect(machine.kernel.pages.freePages).toBe(free)
  })
})

describe('the shrinker', () => {
  test('purges in the order of the last DONTNEED, whole buffers, until it freed what was asked', () => {
    const handles = idleBos(actor, fd, 6, KIB64)
    const [first = 0] = handles
    actor.backend.panfrost.madvise(fd, first, DONTNEED)
    const { shrinker } = machine.kernel.panfrost
    expect(shrinker.countObjects()).toBe(96)
    const control = { memcg: machine.kernel.memcg.root, nrToScan: 33, nrScanned: 33 }
    expect(shrinker.scanObjects(control)).toBe(48)
    expect(purgedOf(actor, fd, handles)).toEqual(handles.slice(1, 4))
    expect(control.nrScanned).toBe(33)
  })

  test('passes over a buffer that the GPU uses, but counts it', () => {
    const handles = idleBos(actor, fd, 2, KIB64)
    const { shrinker } = machine.kernel.panfrost
    const [busy] = shrinker.list
    if (busy === undefined) throw new Error('nothing listed')
    busy.gpuUsecount = 1
    expect(shrinker.countObjects()).toBe(32)
    dropSlab()
    busy.gpuUsecount = 0
    expect(purgedOf(actor, fd, handles)).toEqual(handles.slice(1))
  })

  test('says what it purged in the log, ten lines in 5 s at most', () => {
    for (let i = 0; i < 15; i++) {
      idleBos(actor, fd, 1, KIB64)
      dropSlab()
    }
    const lines = machine.kernel.log.lines.filter(({ text }) => text === 'Purging 65536 bytes')
    expect(lines).toHaveLength(10)
  })
})
