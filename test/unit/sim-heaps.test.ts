import { afterEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { takeBlocks, type Order } from '../../src/sim/dma-buf/heaps/blocks.js'
import type { HeapKind } from '../../src/sim/dma-buf/heaps/create-heaps.js'
import type { KernelOptions } from '../../src/sim/kernel.js'
import { hog, MIB, type Process, taken, TestMachine } from './sim-machine.js'

const SECOND_NS = 1e9
const POOLED = ['system-pooled', 'ion'] as const
const nodeOf = { 'system-pooled': 'system', ion: 'ion_system_heap' } as const

let machine: TestMachine
let user: Process

function boot(options: Omit<KernelOptions, 'nowNs'>): void {
  machine = new TestMachine({ memoryBytes: 64 * MIB, ...options })
  user = machine.spawn('user')
}

function allocate(name: string, bytes: number): number {
  const heap = user.backend.dmaHeap.open(name)
  const fd = user.backend.dmaHeap.allocate(heap, bytes)
  user.backend.dmaHeap.close(heap)
  return fd
}

function fill(fd: number, bytes: number): void {
  const { memory } = user.backend
  const map = taken(memory.mmap(fd, 0n, bytes))
  memory.fill(map, 99n, 0, bytes)
  memory.munmap(map)
}

function isZero(fd: number, bytes: number): boolean {
  const { memory } = user.backend
  const map = taken(memory.mmap(fd, 0n, bytes))
  const zero = taken(memory.read(map, 0, bytes)).every((byte) => byte === 0)
  memory.munmap(map)
  return zero
}

/** A buffer that was written to, given back, and freed by the thread. */
function recycle(name: string, bytes: number): void {
  const fd = allocate(name, bytes)
  expect(fd).toBeGreaterThan(0)
  fill(fd, bytes)
  user.backend.dmaHeap.close(fd)
  rest()
}

/** Time in which threads of the kernel do what they have to do. */
function rest(): void {
  machine.nowNs = Math.max(machine.nowNs, user.task.cpu.nowNs(machine.nowNs)) + SECOND_NS
  meminfo('MemFree')
}

const meminfo = (name: string) => machine.value(user, '/proc/meminfo', name)
const used = (kind: 'dmabuf' | 'heap-pool') => machine.kernel.pages.used(kind)
const dropSlab = () => machine.write(user, '/proc/sys/vm/drop_caches', '2')

afterEach(() => {
  machine.kernel.checkInvariants()
})

describe('blocks of a buffer', () => {
  const orders = (pages: number, has: (order: Order) => boolean) => {
    const tried: Order[] = []
    const blocks = takeBlocks(
      pages,
      (order) => {
        tried.push(order)
        return has(order) ? { order } : undefined
      },
      () => undefined,
      () => false,
    )
    return { tried, got: typeof blocks === 'number' ? blocks : blocks.map(({ order }) => order) }
  }

  test('are the largest that fit the rest', () => {
    boot({})
    expect(orders(256 + 16 + 2, () => true).got).toEqual([8, 4, 0, 0])
    expect(orders(255, () => true).got).toEqual([...Array<Order>(15).fill(4), ...Array<Order>(15).fill(0)])
  })

  test('never are larger than the one before, so that a size that failed is not tried again', () => {
    let first = true
    const { tried } = orders(512, (order) => {
      if (order !== 8) return true
      const failed = first
      first = false
      return !failed
    })
    expect(tried.filter((order) => order === 8)).toHaveLength(1)
  })

  test('are given back when the rest cannot be had', () => {
    boot({})
    const free = machine.kernel.pages.freePages
    const given: Order[] = []
    const answer = takeBlocks(
      272,
      (order) => (order === 8 ? { order } : undefined),
      ({ order }) => given.push(order),
      () => false,
    )
    expect([answer, given]).toEqual([-ERRNO.ENOMEM, [8]])
    expect(machine.kernel.pages.freePages).toBe(free)
  })
})

describe('heaps of a machine', () => {
  test('are chosen by name; the pooled one stands for the system heap where that is missing', () => {
    const list = (...heaps: HeapKind[]) => {
      boot({ heaps })
      return user.backend.dmaHeap.list()
    }
    expect(list('system')).toEqual(['system'])
    expect(list('system-pooled')).toEqual(['system'])
    expect(list('system', 'cma', 'system-pooled', 'ion')).toEqual([
      'ion_system_heap',
      'reserved',
      'system',
      'system-pooled',
    ])
  })

  test('large blocks are not reclaimed for, single pages are', () => {
    boot({})
    const { pages } = machine.kernel
    hog(user, (pages.freePages - pages.watermarks.minPages - 100) * 4096)
    const before = machine.kernel.events.get('allocstall_normal')
    expect(
      pages.allocateBlock('dmabuf', 8, { directReclaim: false, kswapdReclaim: false, retryMayfail: false }),
    ).toBe(false)
    expect(machine.kernel.events.get('allocstall_normal')).toBe(before)
    expect(pages.used('dmabuf')).toBe(0)
    expect(allocate('system', 2 * MIB)).toBeGreaterThan(0)
  })
})

describe.each(POOLED)('%s', (kind) => {
  const name = nodeOf[kind]

  test('keeps freed pages for the next buffer, which is zeroed all the same', () => {
    boot({ heaps: [kind] })
    recycle(name, 3 * MIB + 20480)
    expect([used('dmabuf'), used('heap-pool')]).toEqual([0, 773])
    const free = machine.kernel.pages.freePages
    const fd = allocate(name, 3 * MIB + 20480)
    expect(machine.kernel.pages.freePages).toBe(free)
    expect(used('heap-pool')).toBe(0)
    expect(isZero(fd, 3 * MIB + 20480)).toBe(true)
  })

  test('zeroes in a thread: neither who closes nor who allocates again pays for it', () => {
    boot({ heaps: [kind] })
    const spent = (work: () => void) => {
      const before = user.task.cpu.nowNs(machine.nowNs)
      work()
      return user.task.cpu.nowNs(machine.nowNs) - before
    }
    let fd = 0
    const first = spent(() => (fd = allocate(name, 8 * MIB)))
    const close = spent(() => user.backend.dmaHeap.close(fd))
    rest()
    const again = spent(() => allocate(name, 8 * MIB))
    expect(first).toBeGreaterThan(2048 * 250)
    expect(close).toBeLessThan(10_000)
    expect(again).toBeLessThan(20_000)
  })

  test('what the thread did not get to is freed at once under pressure, and not pooled', () => {
    boot({ heaps: [kind] })
    const fds = [1, 2, 3].map(() => allocate(name, 4 * MIB))
    for (const fd of fds) user.backend.dmaHeap.close(fd)
    expect([used('dmabuf'), used('heap-pool')]).toEqual([3072, 0])
    dropSlab()
    // One is in the hands of the thread.
    expect([used('dmabuf'), used('heap-pool')]).toEqual([1024, 0])
    rest()
    expect([used('dmabuf'), used('heap-pool')]).toEqual([0, 1024])
    dropSlab()
    expect(used('heap-pool')).toBe(0)
  })

  test('a process that wants memory gets what the pool holds', () => {
    boot({ heaps: [kind] })
    recycle(name, 24 * MIB)
    hog(machine.spawn('hog'), 50 * MIB)
    expect(used('heap-pool')).toBeLessThan(12 * 256)
    expect(user.task.exited).toBe(false)
  })
})

describe('limits', () => {
  test('all pools of the series together hold no more than the maximum', () => {
    boot({ heaps: ['system-pooled'], poolMaxBytes: 4 * MIB })
    recycle('system', 16 * MIB)
    expect(used('heap-pool')).toBe(1024)
    recycle('system', 8 * MIB)
    expect(used('heap-pool')).toBe(1024)
  })

  test('pools of ION have none', () => {
    boot({ heaps: ['ion'], poolMaxBytes: 4 * MIB })
    recycle('ion_system_heap', 16 * MIB)
    expect(used('heap-pool')).toBe(4096)
  })

  test('ION refuses more than half of the machine at once', () => {
    boot({ heaps: ['ion'] })
    expect(allocate('ion_system_heap', 32 * MIB + 1)).toBe(-ERRNO.ENOMEM)
    expect(used('dmabuf')).toBe(0)
    expect(allocate('ion_system_heap', 32 * MIB)).toBeGreaterThan(0)
  })
})

describe('MemAvailable', () => {
  test.each(POOLED)('counts the pool of %s or not, as the kernel was built', (kind) => {
    const change = (poolsReclaimable: boolean) => {
      boot({ heaps: [kind], poolsReclaimable })
      const before = { available: meminfo('MemAvailable'), free: meminfo('MemFree') }
      recycle(nodeOf[kind], 16 * MIB)
      return {
        free: meminfo('MemFree') - before.free,
        available: meminfo('MemAvailable') - before.available,
        reclaimable: meminfo('KReclaimable'),
        counter: machine.value(user, '/proc/vmstat', 'nr_kernel_misc_reclaimable'),
      }
    }
    const lowKb = () => machine.kernel.pages.watermarks.lowPages * 4
    const counted = change(true)
    expect(counted).toEqual({ free: -16384, available: -lowKb(), reclaimable: 16384, counter: 4096 })
    expect(change(false)).toEqual({ free: -16384, available: -16384, reclaimable: 0, counter: 0 })
    expect(lowKb()).toBeLessThan(8192)
  })
})

describe('the CMA heap', () => {
  const area = () => {
    const { cma } = machine.kernel.pages
    if (cma === null) throw new Error('no area')
    return cma
  }

  test('is called as the release calls it, and its area is part of the memory', () => {
    boot({ heaps: ['cma'], release: '7.2', pageCacheBytes: 0 })
    expect(user.backend.dmaHeap.list()).toEqual(['default_cma_region'])
    expect([meminfo('CmaTotal'), meminfo('CmaFree')]).toEqual([16384, 16384])
  })

  test('gives zeroed pages that no pressure takes, and gets them back', () => {
    boot({ heaps: ['cma'], cmaBytes: 8 * MIB, pageCacheBytes: 0 })
    const fd = allocate('reserved', 5 * MIB)
    expect(isZero(fd, 5 * MIB)).toBe(true)
    dropSlab()
    expect([used('dmabuf'), meminfo('CmaFree')]).toEqual([1280, 3072])
    user.backend.dmaHeap.close(fd)
    expect([used('dmabuf'), meminfo('CmaFree')]).toEqual([0, 8192])
  })

  test('is ENOMEM when no range is long enough, although as many pages are free', () => {
    boot({ heaps: ['cma'], cmaBytes: 4 * MIB, pageCacheBytes: 0 })
    const fds = Array.from({ length: 4 }, () => allocate('reserved', MIB))
    expect(allocate('reserved', 4096)).toBe(-ERRNO.ENOMEM)
    for (const fd of [fds[0], fds[2]]) user.backend.dmaHeap.close(fd ?? -1)
    expect(meminfo('CmaFree')).toBe(2048)
    expect(allocate('reserved', 2 * MIB)).toBe(-ERRNO.ENOMEM)
    expect(machine.kernel.log.lines.at(-1)?.text).toContain('alloc failed, req-size: 512 pages, ret: -12')
    expect(allocate('reserved', MIB)).toBeGreaterThan(0)
  })

  test('aligns to the power of two of the size, at most 1 MiB', () => {
    boot({ heaps: ['cma'], cmaBytes: 8 * MIB, pageCacheBytes: 0 })
    expect([area().alloc(1, 0), area().alloc(3, 2), area().alloc(1, 0), area().alloc(512, 8)]).toEqual([
      0, 4, 1, 256,
    ])
    for (const [start, count] of [
      [0, 1],
      [4, 3],
      [1, 1],
      [256, 512],
    ] as const)
      area().release(start, count)
  })

  test('is lent to movable pages, which move out for it; other users never get it', () => {
    boot({ heaps: ['system', 'cma'], cmaBytes: 16 * MIB, pageCacheBytes: 0 })
    const map = hog(user, 40 * MIB)
    expect(area().lentPages).toBeGreaterThan(0)
    const lent = area().lentPages
    expect(allocate('reserved', 12 * MIB)).toBeGreaterThan(0)
    expect(area().lentPages).toBeLessThan(lent)
    expect(user.backend.memory.verify(map, 7n, 0, 40 * MIB)).toBe(40 * MIB)
  })

  test('free pages of the area do not help a heap of ordinary pages', () => {
    const most = (heaps: HeapKind[]) => {
      boot({ heaps, cmaBytes: 32 * MIB, pageCacheBytes: 0 })
      machine.spawn('victim')
      let pages = 0
      while (
        machine.kernel.pages.allocateBlock('dmabuf', 4, {
          directReclaim: false,
          kswapdReclaim: false,
          retryMayfail: false,
        })
      )
        pages += 16
      machine.kernel.pages.free('dmabuf', pages)
      return pages
    }
    expect(most(['system']) - most(['system', 'cma'])).toBe(8192)
  })

  test('is ENOMEM when those that have to move find no other place', () => {
    boot({ heaps: ['system', 'cma'], cmaBytes: 16 * MIB, pageCacheBytes: 0 })
    hog(user, 54 * MIB)
    expect(area().lentPages).toBeGreaterThan(2048)
    expect(allocate('reserved', 14 * MIB)).toBe(-ERRNO.ENOMEM)
    expect(user.task.exited).toBe(false)
  })
})
