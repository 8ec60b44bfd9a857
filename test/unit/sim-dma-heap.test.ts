import { beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { TaskKilled } from '../../src/sim/process/task-killed.js'
import { idleBos, MIB, NODE, type Process, purgedOf, taken, TestMachine } from './sim-machine.js'

const { EBADF, EINVAL, ENODEV, ENOENT, ENOTTY, ESPIPE } = ERRNO
let machine: TestMachine
let user: Process
let heap: number

beforeEach(() => {
  machine = new TestMachine({ memoryBytes: 64 * MIB })
  user = machine.spawn('user')
  heap = user.backend.dmaHeap.open('system')
  return () => machine.kernel.checkInvariants()
})

describe('the system heap', () => {
  test('is the one heap; other names are ENOENT, or EINVAL when they lead elsewhere', () => {
    const { dmaHeap } = user.backend
    expect(dmaHeap.list()).toEqual(['system'])
    expect(dmaHeap.open('cma')).toBe(-ENOENT)
    for (const name of ['', '.', '..', 'a/b']) expect(dmaHeap.open(name)).toBe(-EINVAL)
  })

  test('allocates whole zeroed pages that nobody is charged for, and gives them back', () => {
    const { dmaHeap, memory } = user.backend
    const child = machine.spawnIn('a')
    const free = machine.kernel.pages.freePages
    const own = child.backend.dmaHeap.open('system')
    const fd = child.backend.dmaHeap.allocate(own, 3 * MIB + 1)
    expect(child.backend.dmaHeap.size(fd)).toBe(3 * MIB + 4096)
    expect(free - machine.kernel.pages.freePages).toBe(769)
    expect(machine.read(user, '/sys/fs/cgroup/a/memory.current')).toBe('0\n')
    expect(machine.value(user, '/proc/meminfo', 'Shmem')).toBe(0)
    expect(dmaHeap.size(fd)).toBe(-EBADF)
    const map = taken(child.backend.memory.mmap(fd, 0n, 3 * MIB))
    expect(() => memory.read(map, 0, 1)).toThrow(TypeError)
    expect(taken(child.backend.memory.read(map, 100, 5))).toEqual(new Uint8Array(5))
    expect(child.backend.dmaHeap.close(fd)).toBe(0)
    expect(free - machine.kernel.pages.freePages).toBe(769)
    child.backend.memory.munmap(map)
    expect(machine.kernel.pages.freePages).toBe(free)
  })

  test('two mappings show the same bytes, each pattern counted from its own start', () => {
    const { dmaHeap, memory } = user.backend
    const fd = dmaHeap.allocate(heap, 16384)
    const whole = taken(memory.mmap(fd, 0n, 16384))
    const tail = taken(memory.mmap(fd, 8192n, 8192))
    memory.fill(tail, 3n, 0, 8192)
    expect(memory.verify(tail, 3n, 0, 8192)).toBe(8192)
    expect(taken(memory.read(whole, 8192, 64))).toEqual(taken(memory.read(tail, 0, 64)))
    // The first byte is the same by the arithmetic of the pattern; the first word is not.
    expect(memory.verify(whole, 3n, 8192, 8192)).toBeLessThan(8)
    memory.fill(whole, 4n, 0, 16384)
    expect(taken(memory.read(whole, 8192, 64))).toEqual(taken(memory.read(tail, 0, 64)))
  })

  test('refuses as the kernel does', () => {
    const { dmaHeap, memory, drm } = user.backend
    const fd = dmaHeap.allocate(heap, 4096)
    expect(dmaHeap.allocate(heap, 0)).toBe(-EINVAL)
    expect(dmaHeap.allocate(fd, 4096)).toBe(-ENOTTY)
    expect(dmaHeap.allocate(999, 4096)).toBe(-EBADF)
    expect([1, 2, 3, 5, 6, 7].map((flags) => dmaHeap.sync(fd, flags))).toEqual([0, 0, 0, 0, 0, 0])
    expect([0, 4, 8, 9].map((flags) => dmaHeap.sync(fd, flags))).toEqual(Array(4).fill(-EINVAL))
    expect(memory.mmap(fd, 4096n, 4096)).toBe(-EINVAL)
    expect(memory.mmap(fd, 0n, 8192)).toBe(-EINVAL)
    expect(memory.mmap(heap, 0n, 4096)).toBe(-ENODEV)
    expect(dmaHeap.size(heap)).toBe(-ESPIPE)
    const node = drm.open(NODE)
    expect(dmaHeap.sync(node, 1)).toBe(-ENOTTY)
    expect(dmaHeap.size(node)).toBe(0)
    expect(drm.version(heap)).toBe(-EINVAL)
    expect(drm.version(fd)).toBe(-ENOTTY)
    expect(dmaHeap.close(fd)).toBe(0)
    expect(dmaHeap.close(fd)).toBe(-EBADF)
  })

  test('SYNC on a heap is taken for ALLOC: a dma-buf appears that nobody has asked for', () => {
    const { dmaHeap } = user.backend
    expect(dmaHeap.sync(heap, 0)).toBe(-EINVAL)
    expect(dmaHeap.sync(heap, 1)).toBe(0)
    expect(machine.kernel.pages.used('dmabuf')).toBe(1)
    expect(dmaHeap.size(heap + 1)).toBe(4096)
  })

  test('wants memory so badly that buffers are purged for it; for all of it the process dies', () => {
    const actor = machine.spawn('actor')
    const fd = actor.backend.drm.open(NODE)
    const handles = idleBos(actor, fd, 64, 256 * 1024)
    expect(user.backend.dmaHeap.allocate(heap, 45 * MIB)).toBeGreaterThan(0)
    expect(purgedOf(actor, fd, handles).length).toBeGreaterThan(0)
    expect(user.task.exited).toBe(false)
    machine.kernel.tasks.kill(actor.task)
    expect(() => user.backend.dmaHeap.allocate(heap, 1 << 30)).toThrow(TaskKilled)
    expect(machine.kernel.pages.used('dmabuf')).toBe(0)
  })
})
