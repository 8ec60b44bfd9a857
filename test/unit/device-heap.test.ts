import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backend/backend.js'
import { ERRNO } from '../../src/backend/errno.js'
import { ClosedError, NoDeviceError, OutOfMemoryError } from '../../src/device/errors.js'
import { openHeapOf, type Heap } from '../../src/device/heap.js'
import { MIB, TestMachine } from './sim-machine.js'

const [READ, WRITE, END] = [1, 2, 4]

let machine: TestMachine
let heap: Heap
let syncs: number[]

beforeEach(() => {
  machine = new TestMachine({ memoryBytes: 64 * MIB })
  const { backend } = machine.spawn('user')
  syncs = []
  heap = openHeapOf(recording(backend), 'system')
})
afterEach(() => heap.close())

/** Notes every DMA_BUF_IOCTL_SYNC. */
function recording(backend: Backend): Backend {
  const { dmaHeap } = backend
  const sync = (fd: number, flags: number) => {
    syncs.push(flags)
    return dmaHeap.sync(fd, flags)
  }
  return { ...backend, dmaHeap: { ...dmaHeap, sync } }
}

describe('openHeap', () => {
  test('a heap that does not exist tells which do', () => {
    const { backend } = machine.spawn('user')
    expect(() => openHeapOf(backend, 'cma')).toThrow(NoDeviceError)
    expect(() => openHeapOf(backend, 'cma')).toThrow(/dma_heap\/cma: ENOENT: the heaps here are: system/)
    expect(() => openHeapOf(backend, '../dri/card0')).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })

  test('a kernel without heaps says so', () => {
    const { backend } = machine.spawn('user')
    const dmaHeap = { ...backend.dmaHeap, list: () => [], open: () => -ERRNO.ENOENT }
    expect(() => openHeapOf({ ...backend, dmaHeap }, 'system')).toThrow(/CONFIG_DMABUF_HEAPS/)
  })
})

describe('allocate', () => {
  test.each([0, -1, NaN, 0.5, Infinity])('%d is a RangeError', (sizeBytes) => {
    expect(() => heap.allocate(sizeBytes)).toThrow(RangeError)
  })
  test('a string is a TypeError', () => {
    expect(() => heap.allocate('4096' as unknown as number)).toThrow(TypeError)
  })
  test('rounds up to pages, also above 4 GiB', () => {
    using small = heap.allocate(5000)
    expect(small.sizeBytes).toBe(8192)
    const { backend } = machine.spawn('other')
    const asked: number[] = []
    const allocate = (_fd: number, lengthBytes: number) => {
      asked.push(lengthBytes)
      return -ERRNO.ENOMEM
    }
    using full = openHeapOf({ ...backend, dmaHeap: { ...backend.dmaHeap, allocate } }, 'system')
    expect(() => full.allocate(2 ** 33)).toThrow(OutOfMemoryError)
    expect(asked).toEqual([2 ** 33])
  })
  test('a size that cannot be asked for closes the new dma-buf again', () => {
    const { backend } = machine.spawn('other')
    const dmaHeap = { ...backend.dmaHeap, size: () => -ERRNO.ESPIPE }
    using odd = openHeapOf({ ...backend, dmaHeap }, 'system')
    const free = machine.kernel.pages.freePages
    expect(() => odd.allocate(MIB)).toThrow(expect.objectContaining({ code: 'ESPIPE' }))
    expect(machine.kernel.pages.freePages).toBe(free)
  })
})

describe('cpuAccess', () => {
  test.each([
    ['r', READ],
    ['w', WRITE],
    ['rw', READ | WRITE],
  ] as const)('%s brackets the access with start and end', async (access, flags) => {
    using dmabuf = heap.allocate(4096)
    expect(await dmabuf.cpuAccess(access, () => [...syncs])).toEqual([flags])
    expect(syncs).toEqual([flags, flags | END])
  })

  test('sends the end also when the access throws or rejects, and passes the error on', async () => {
    using dmabuf = heap.allocate(4096)
    const fail = () => {
      throw new Error('mine')
    }
    await expect(dmabuf.cpuAccess('rw', fail)).rejects.toThrow('mine')
    await expect(dmabuf.cpuAccess('r', () => Promise.reject(new Error('later')))).rejects.toThrow('later')
    expect(syncs).toEqual([3, 3 | END, READ, READ | END])
  })

  test('waits for the access to end', async () => {
    using dmabuf = heap.allocate(4096)
    await dmabuf.cpuAccess('w', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      expect(syncs).toEqual([WRITE])
    })
    expect(syncs).toEqual([WRITE, WRITE | END])
  })

  test('of a closed dma-buf is a ClosedError; closing it inside is no error', async () => {
    const dmabuf = heap.allocate(4096)
    await dmabuf.cpuAccess('r', () => dmabuf.close())
    expect(syncs).toEqual([READ])
    await expect(dmabuf.cpuAccess('r', () => 1)).rejects.toThrow(ClosedError)
  })
})

describe('close', () => {
  test('of a dma-buf closes its mappings and gives its memory back, once', () => {
    const free = machine.kernel.pages.freePages
    const dmabuf = heap.allocate(MIB)
    const mapping = dmabuf.map()
    mapping.fill(1n)
    mapping.verify(1n)
    dmabuf.close()
    dmabuf.close()
    expect([mapping.closed, machine.kernel.pages.freePages]).toEqual([true, free])
    expect(() => dmabuf.map()).toThrow(ClosedError)
  })

  test('of the heap leaves its dma-bufs alone', () => {
    using dmabuf = heap.allocate(4096)
    heap.close()
    heap[Symbol.dispose]()
    expect(() => heap.allocate(1)).toThrow(ClosedError)
    using mapping = dmabuf.map()
    mapping.fill(1n)
    mapping.verify(1n)
  })
})
