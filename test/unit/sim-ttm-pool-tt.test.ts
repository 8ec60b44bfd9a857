import { beforeEach, describe, expect, test } from 'vitest'
import { DmaFence } from '../../src/sim/dma-buf/dma-fence.js'
import type { DmaBufFile } from '../../src/sim/dma-buf/dma-buf.js'
import { DrmDevice } from '../../src/sim/drm/drm-device.js'
import { GemObject } from '../../src/sim/drm/gem-object.js'
import { TtmBo } from '../../src/sim/drm/ttm/ttm-bo.js'
import { TtmBdev, type TtmDeviceFuncs } from '../../src/sim/drm/ttm/ttm-device.js'
import { TtmGlobal } from '../../src/sim/drm/ttm/ttm-global.js'
import { ttmFiles } from '../../src/sim/drm/ttm/ttm-files.js'
import { TtmTt, TTM_TT_FLAG } from '../../src/sim/drm/ttm/ttm-tt.js'
import type { Path } from '../../src/sim/sched/path.js'
import { TestMachine } from './sim-machine.js'

class TestDevice extends DrmDevice {
  readonly node = { bus: 'pci' as const, busName: '0000:00:02.0', compatible: [] }
  readonly version = { name: 'test', major: 1, minor: 0, patch: 0, date: '', description: '' }

  importDmaBuf(_dmaBuf: DmaBufFile): GemObject {
    throw new Error('not here')
  }

  open(): never {
    throw new Error('not here')
  }
}

class TestObject extends GemObject {
  protected *freePath(): Path<void> {}
}

let machine: TestMachine
let global: TtmGlobal

beforeEach(() => {
  machine = new TestMachine({ pageCacheBytes: 0, swap: { bytes: 64 << 20 } })
  global = new TtmGlobal(machine.kernel, true)
})

function device(funcs: TtmDeviceFuncs = {}, useDma32 = false) {
  const bdev = new TtmBdev(global, funcs, { useDma32 })
  const drm = new TestDevice(machine.kernel)
  const make = (pages: number, flags = 0, priority = 0): TtmBo => {
    const bo = new TtmBo(bdev, new TestObject(drm, pages), new TtmTt(pages, 'write-combined', flags))
    bo.priority = priority
    return bo
  }
  const populated = (pages: number, flags = 0, priority = 0): TtmBo => {
    const bo = make(pages, flags, priority)
    bo.place()
    expect(bdev.populate(bo.tt)).toBe(0)
    return bo
  }
  return { bdev, make, populated }
}

const isSwapped = (bo: TtmBo): boolean => bo.tt.has('SWAPPED')

describe('populating a buffer of TTM', () => {
  test('counts its pages until it is unpopulated; its content goes with them', () => {
    const { bdev, populated } = device()
    const { tt } = populated(8)
    tt.contents.fill(1n, 0, 4096)
    expect(global.pagesAllocated).toBe(8)
    expect(bdev.populate(tt)).toBe(0)
    expect(global.pagesAllocated).toBe(8)
    bdev.unpopulate(tt)
    expect(global.pagesAllocated).toBe(0)
    expect(tt.contents.read(0, 4)).toEqual(new Uint8Array(4))
    expect(tt.isPopulated).toBe(false)
  })

  test('a device of 32 bits is counted twice', () => {
    const { populated } = device({}, true)
    populated(8)
    expect(global.dma32PagesAllocated).toBe(8)
  })

  test('above the limit the oldest goes to a file, and comes back with its content', () => {
    const { bdev, populated } = device()
    const [old, young] = [populated(16), populated(16)]
    old.tt.contents.fill(7n, 0, 65536)
    const before = old.tt.contents.read(0, 4096)
    global.pagesLimit = 40
    populated(16)
    expect([isSwapped(old), isSwapped(young)]).toEqual([true, false])
    expect(old.tt.isPopulated).toBe(false)
    expect(global.pagesAllocated).toBe(32)
    expect(machine.kernel.pages.used('shmem')).toBe(16)
    machine.kernel.checkInvariants()

    expect(bdev.populate(old.tt)).toBe(0)
    expect(isSwapped(old)).toBe(false)
    expect(old.tt.contents.read(0, 4096)).toEqual(before)
    // That was too many again: the next one went.
    expect(isSwapped(young)).toBe(true)
    expect(machine.kernel.pages.used('shmem')).toBe(16)
    machine.kernel.checkInvariants()
  })

  test('the file may be swapped to disk meanwhile', () => {
    const { bdev, populated } = device()
    const bo = populated(16)
    bo.tt.contents.fill(7n, 0, 65536)
    expect(global.swapout()).toBe(16)
    const { root } = machine.kernel.memcg
    const file = bo.tt.swapStorage?.file
    for (const owner of root.anonLru) owner.swapOut(root, 16)
    expect(file?.swappedPages).toBe(16)
    expect(bdev.populate(bo.tt)).toBe(0)
    expect(machine.kernel.swap.usedPages).toBe(0)
    expect(bo.tt.contents.countMatching(7n, 0, 65536)).toBe(65536)
  })

  test('the limit is soft: with nothing left to swap out it is passed', () => {
    const { populated } = device()
    global.pagesLimit = 4
    expect(populated(16).tt.isPopulated).toBe(true)
    expect(global.pagesAllocated).toBe(16)
  })

  test('a driver that fails leaves nothing counted', () => {
    const { bdev, make } = device({ populate: () => -12 })
    expect(bdev.populate(make(4).tt)).toBe(-12)
    expect(global.pagesAllocated).toBe(0)
  })
})

describe('what TTM swaps out', () => {
  test('a lower priority goes first, then the one that was used longest ago', () => {
    const { populated } = device()
    const [late, second, first] = [populated(1, 0, 3), populated(1), populated(1)]
    second.moveToLruTail()
    const order: TtmBo[] = []
    while (global.swapout() > 0)
      for (const bo of [late, second, first]) if (isSwapped(bo) && !order.includes(bo)) order.push(bo)
    expect(order).toEqual([first, second, late])
  })

  test('pinned, external, locked and not valuable buffers stay, and the walk goes past them', () => {
    const precious = new Set<TtmBo>()
    const { populated } = device({ evictionValuable: (bo) => !precious.has(bo) })
    const [pinned, external, locked, kept, plain] = [
      populated(1),
      populated(1, TTM_TT_FLAG.EXTERNAL),
      populated(1),
      populated(1),
      populated(1),
    ]
    pinned.pinCount = 1
    precious.add(kept)
    locked.gem.resvLock.lock('test').perform()
    expect(global.pagesAllocated).toBe(4)
    expect(global.swapout()).toBe(1)
    expect([pinned, external, locked, kept, plain].map(isSwapped)).toEqual([false, false, false, false, true])
    expect(global.swapout()).toBe(0)
    locked.gem.resvLock.unlock('test').perform()
    expect(global.swapout()).toBe(1)
    expect(isSwapped(locked)).toBe(true)
  })

  test('a busy one is waited for; one that is busy for ever is passed', () => {
    const { populated } = device()
    const [stuck, busy] = [populated(1), populated(1)]
    const fence = (atNs: number) =>
      new DmaFence({ driver: 'test', timeline: 'test' }, atNs === Infinity ? 1 : 2, 1, atNs)
    stuck.gem.resv.add(fence(Infinity), 'write', 0)
    busy.gem.resv.add(fence(5000), 'write', 0)
    expect(global.swapout()).toBe(1)
    expect([isSwapped(stuck), isSwapped(busy)]).toEqual([false, true])
  })

  test('devices take turns', () => {
    const [one, two] = [device(), device()]
    const bos = [one.populated(1), one.populated(1), two.populated(1), two.populated(1)]
    global.swapout()
    global.swapout()
    expect(bos.map(isSwapped)).toEqual([true, false, true, false])
  })

  test("the driver's own pages come back through its own functions", () => {
    const calls: string[] = []
    const { bdev, populated } = device({
      populate: () => {
        calls.push('populate')
        return 0
      },
      unpopulate: (tt) => void calls.push(`unpopulate ${tt.has('SWAPPED') ? 'and keep' : 'and drop'}`),
    })
    const bo = populated(2, TTM_TT_FLAG.EXTERNAL)
    bo.tt.set('SWAPPED')
    bdev.unpopulate(bo.tt)
    expect(calls).toEqual(['populate', 'unpopulate and keep'])
    expect(global.pagesAllocated).toBe(0)
  })
})

describe("TTM's files", () => {
  const file = (name: string) => new Map(ttmFiles(global)).get(name)

  test('tt_shrink swaps out one buffer with each look; buffer_objects counts', () => {
    const { populated } = device()
    const bo = populated(5)
    populated(3)
    expect(file('/sys/kernel/debug/ttm/tt_shrink')?.read()).toBe('5\n')
    expect(file('/sys/kernel/debug/ttm/tt_shrink')?.read()).toBe('3\n')
    expect(file('/sys/kernel/debug/ttm/tt_shrink')?.read()).toBe('0\n')
    expect(file('/sys/kernel/debug/ttm/buffer_objects')?.read()).toBe('2\n')
    bo.release()
    expect(file('/sys/kernel/debug/ttm/buffer_objects')?.read()).toBe('1\n')
    expect(machine.kernel.pages.used('shmem')).toBe(3)
    machine.kernel.checkInvariants()
  })

  test('the limits are half of the memory, and can be written', () => {
    const half = machine.kernel.pages.totalPages / 2
    expect(file('/sys/module/ttm/parameters/pages_limit')?.read()).toBe(`${half}\n`)
    expect(file('/sys/module/ttm/parameters/page_pool_size')?.read()).toBe(`${half}\n`)
    expect(file('/sys/module/ttm/parameters/page_pool_size')?.write('12\n')).toBe(0)
    expect(global.pools.pageLimit).toBe(12)
    expect(file('/sys/module/ttm/parameters/pages_limit')?.write('few')).toBe(-22)
    expect(file('/sys/kernel/debug/ttm/page_pool')?.write('1')).toBe(-22)
  })
})
