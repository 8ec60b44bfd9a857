import { beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { TaskKilled } from '../../src/sim/process/task-killed.js'
import { hog, mapBo, MIB, newBo, NODE, type Process, taken, TestMachine } from './sim-machine.js'

let machine: TestMachine
let user: Process

beforeEach(() => {
  machine = new TestMachine({ memoryBytes: 32 * MIB })
  user = machine.spawn('user')
})

describe('arguments that do not fit the field of the kernel are a TypeError that names them', () => {
  const wrong = (value: unknown): never => value as never
  test.each([
    ['fd', () => user.backend.drm.close(-1)],
    ['fd', () => user.backend.drm.version(wrong('3'))],
    ['path', () => user.backend.drm.open('a\0b')],
    ['sizeBytes', () => user.backend.panfrost.createBo(3, 2 ** 32, 0)],
    ['sizeBytes', () => user.backend.panfrost.createBo(3, NaN, 0)],
    ['sizeBytes', () => user.backend.panfrost.createBo(3, -1, 0)],
    ['flags', () => user.backend.panfrost.createBo(3, 1, 0.5)],
    ['handle', () => user.backend.drm.gemClose(3, wrong(1n))],
    ['advice', () => user.backend.panfrost.madvise(3, 1, -1)],
    ['offset', () => user.backend.memory.mmap(3, -1n, 1)],
    ['lengthBytes', () => user.backend.memory.mmap(3, 0n, 0)],
    ['lengthBytes', () => user.backend.memory.mapAnonymous(Infinity)],
    ['lengthBytes', () => user.backend.dmaHeap.allocate(3, -1)],
    ['map', () => user.backend.memory.munmap({ lengthBytes: 1 })],
    ['map', () => user.backend.memory.munmap(wrong(null))],
  ])('%s', (name, call) => {
    expect(call).toThrow(TypeError)
    expect(call).toThrow(new RegExp(`^${name} must be`))
  })

  test('of memory', () => {
    const { memory } = user.backend
    const map = taken(memory.mapAnonymous(100))
    expect(() => memory.fill(map, -1n, 0, 1)).toThrow(/^seed must be/)
    expect(() => memory.fill(map, wrong(1), 0, 1)).toThrow(/^seed must be/)
    expect(() => memory.read(map, -1, 1)).toThrow(/^offset must be/)
    expect(() => memory.write(map, 0, wrong('text'))).toThrow(/^bytes must be/)
  })
})

test('a range beyond the mapping is EINVAL, an empty one does nothing', () => {
  const { memory } = user.backend
  const map = taken(memory.mapAnonymous(5000))
  expect(map.lengthBytes).toBe(5000)
  expect(memory.fill(map, 1n, 0, 5001)).toBe(-ERRNO.EINVAL)
  expect(memory.read(map, 5001, 0)).toBe(-ERRNO.EINVAL)
  expect(memory.verify(map, 1n, 5000, 0)).toBe(0)
  expect(memory.write(map, 4990, Uint8Array.from([1, 2, 3]))).toBe(0)
  expect(taken(memory.read(map, 4989, 5))).toEqual(Uint8Array.from([0, 1, 2, 3, 0]))
})

test('anonymous memory takes pages when it is written, not when it is mapped or read', () => {
  const { memory } = user.backend
  const free = machine.kernel.pages.freePages
  const map = taken(memory.mapAnonymous(8 * MIB))
  expect(taken(memory.read(map, MIB, 4))).toEqual(new Uint8Array(4))
  expect(machine.kernel.pages.freePages).toBe(free)
  memory.write(map, MIB - 1, new Uint8Array(2))
  expect(user.task.rssPages).toBe(2)
  memory.fill(map, 1n, 0, 8 * MIB)
  expect(user.task.rssPages).toBe(2048)
  memory.munmap(map)
  expect(machine.kernel.pages.freePages).toBe(free)
  expect(memory.mapAnonymous(64 * MIB)).toBe(-ERRNO.ENOMEM)
})

test('after SIGKILL every call throws TaskKilled', () => {
  const fd = user.backend.drm.open(NODE)
  const map = mapBo(user, fd, newBo(user, fd, 4096), 4096)
  expect(() => hog(user, 31 * MIB)).toThrow(TaskKilled)
  const { drm, panfrost, memory, dmaHeap } = user.backend
  for (const call of [
    () => drm.listNodes(),
    () => panfrost.createBo(fd, 4096, 0),
    () => memory.munmap(map),
    () => dmaHeap.list(),
  ]) {
    expect(call).toThrow(TaskKilled)
  }
  machine.kernel.checkInvariants()
})

test('work takes time: a call some, more pages more', () => {
  const fd = user.backend.drm.open(NODE)
  const cost = (work: () => unknown): number => {
    const startNs = user.task.cpu.nowNs(0)
    work()
    return user.task.cpu.nowNs(0) - startNs
  }
  const small = cost(() => newBo(user, fd, 4096))
  expect(small).toBeGreaterThan(0)
  expect(cost(() => newBo(user, fd, MIB))).toBeGreaterThan(10 * small)
})
