import { beforeEach, describe, expect, test } from 'vitest'
import { DmaFence } from '../../src/sim/dma-buf/dma-fence.js'
import type { I915File } from '../../src/sim/drm/i915/i915-device.js'
import { I915Device, I915_DISCRETE } from '../../src/sim/drm/i915/i915-device.js'
import * as drv from '../../src/sim/drm/i915/i915-drv.js'
import * as domain from '../../src/sim/drm/i915/i915-gem-domain.js'
import { execbuffer } from '../../src/sim/drm/i915/i915-gem-execbuffer.js'
import { type I915GemObject, I915_MADV_PURGED } from '../../src/sim/drm/i915/i915-gem-object.js'
import { I915_SHRINK } from '../../src/sim/drm/i915/i915-gem-shrinker.js'
import { I915TtmObject } from '../../src/sim/drm/i915/i915-gem-ttm.js'
import type { KernelOptions } from '../../src/sim/kernel.js'
import { SHRINK_STOP } from '../../src/sim/mm/shrinker.js'
import { PAGE_SIZE } from '../../src/sim/mm/page.js'
import { DONTNEED, MIB, TestMachine, WILLNEED, type Process } from './sim-machine.js'

const CPU = 1
const { ACTIVE, BOUND, UNBOUND, VMAPS, WRITEBACK } = I915_SHRINK
const EVERYTHING = 1e9

let machine: TestMachine
let process: Process
let device: I915Device
let file: I915File

function boot(options: Omit<KernelOptions, 'nowNs'> = {}, discrete = false): void {
  machine = new TestMachine({ gpu: 'i915', pageCacheBytes: 0, ...options })
  process = machine.spawn('test')
  device = discrete ? new I915Device(machine.kernel, I915_DISCRETE, options.gpuJobNs) : machine.kernel.i915
  file = device.open()
}

beforeEach(() => boot())

/** In a system call of the process. */
const call = <T>(work: () => T): T => machine.kernel.syscall(process.task, 0, work)
const SWAP = { swap: { bytes: 64 * MIB } }

function create(pages = 4): number {
  const made = call(() => drv.gemCreate(file, BigInt(pages * PAGE_SIZE)))
  if (typeof made === 'number') throw new Error(`errno ${made}`)
  return made.handle
}

function objectOf(handle: number): I915GemObject {
  const object = drv.lookup(file, handle)
  if (object === undefined) throw new Error('no such object')
  return object
}

/** With all of its pages. */
function populated(pages = 4): number {
  const handle = create(pages)
  const object = objectOf(handle)
  expect(call(() => object.pinPagesLocked())).toBe(0)
  object.unpinPages()
  return handle
}

const madvise = (handle: number, advice: number): number => call(() => drv.gemMadvise(file, handle, advice))
const shrink = (flags: number, target = EVERYTHING, tally = { scanned: 0 }): number =>
  call(() => device.shrinker.shrink(target, flags, tally))
const shmemPages = (): number => machine.kernel.pages.used('shmem')
const list = (of: Iterable<I915GemObject>): number[] => [...of].map(({ id }) => id)

function scan(nrToScan: number) {
  const control = { memcg: machine.kernel.memcg.root, nrToScan, nrScanned: nrToScan }
  return { freed: device.shrinker.scanObjects(control), scanned: control.nrScanned }
}

/** As kswapd does it. */
function asKswapd<T>(work: () => T): T {
  const { kswapd } = machine.kernel
  Object.defineProperty(kswapd, 'isRunning', { value: true, configurable: true })
  try {
    return work()
  } finally {
    Reflect.deleteProperty(kswapd, 'isRunning')
  }
}

describe('GEM_MADVISE of i915', () => {
  test('knows two kinds of advice, and looks at them before the handle', () => {
    expect(madvise(99, 2)).toBe(-22)
    expect(madvise(99, WILLNEED)).toBe(-2)
    expect(madvise(create(), 2)).toBe(-22)
  })

  test('a buffer without pages that is given away is gone at once, for ever', () => {
    const handle = create()
    expect(madvise(handle, WILLNEED)).toBe(1)
    expect(madvise(handle, DONTNEED)).toBe(0)
    expect(objectOf(handle).madv).toBe(I915_MADV_PURGED)
    expect(madvise(handle, WILLNEED)).toBe(0)
    expect(objectOf(handle).madv).toBe(I915_MADV_PURGED)
  })

  test('one with pages moves between the tails of the two lists', () => {
    const [a, b] = [populated(), populated()]
    const [first, second] = [objectOf(a), objectOf(b)]
    expect(list(device.mm.shrinkList)).toEqual([first.id, second.id])
    expect(madvise(a, DONTNEED)).toBe(1)
    expect(list(device.mm.purgeList)).toEqual([first.id])
    expect(madvise(a, WILLNEED)).toBe(1)
    expect(list(device.mm.shrinkList)).toEqual([second.id, first.id])
    expect(device.mm.shrinkPages).toBe(8)
  })

  test('what was written into the file of one without pages goes as well', () => {
    const handle = create()
    expect(call(() => domain.gemPwrite(file, handle, 0, new Uint8Array(5000).fill(1)))).toBe(0)
    expect(shmemPages()).toBe(2)
    expect(madvise(handle, DONTNEED)).toBe(0)
    expect(shmemPages()).toBe(0)
  })

  test('a purged one cannot be used any more', () => {
    const handle = create()
    madvise(handle, DONTNEED)
    expect(call(() => execbuffer(file, [handle]))).toBe(-14)
    expect(call(() => domain.gemSetDomain(file, handle, CPU, 0))).toBe(-14)
    expect(call(() => domain.gemPread(file, handle, 0, 4))).toBe(-14)
    expect(call(() => domain.gemPwrite(file, handle, 0, new Uint8Array(4)))).toBe(-14)
  })

  test('one that is given away and has its pages can be used', () => {
    const handle = populated()
    madvise(handle, DONTNEED)
    expect(call(() => execbuffer(file, [handle]))).toBe(0)
    expect(call(() => domain.gemPread(file, handle, 0, 4))).toEqual(new Uint8Array(4))
  })
})

describe('i915_gem_shrink()', () => {
  test('purges before it swaps out, oldest first, until it has enough', () => {
    boot(SWAP)
    const [kept, swapped, old, young] = [populated(), populated(), populated(), populated()]
    madvise(young, DONTNEED)
    madvise(old, DONTNEED)
    expect(shrink(BOUND | UNBOUND, 1)).toBe(4)
    expect(objectOf(young).madv).toBe(I915_MADV_PURGED)
    expect(shrink(BOUND | UNBOUND, 5)).toBe(8)
    expect(objectOf(old).madv).toBe(I915_MADV_PURGED)
    expect([objectOf(kept).hasPages, objectOf(swapped).hasPages]).toEqual([false, true])
  })

  test('without swap what is needed is not even looked at, yet counted', () => {
    populated()
    const tally = { scanned: 0 }
    expect(shrink(BOUND | UNBOUND, EVERYTHING, tally)).toBe(0)
    expect(tally.scanned).toBe(0)
    expect(device.shrinker.countObjects()).toBe(4)
    expect(scan(128)).toEqual({ freed: SHRINK_STOP, scanned: 0 })
  })

  test('pages of a needed one stay in its file until page reclaim, or writeback, takes them', () => {
    boot(SWAP)
    const handle = populated()
    objectOf(handle).contents?.fill(5n, 0, 4 * PAGE_SIZE)
    expect(shrink(UNBOUND)).toBe(4)
    expect(shmemPages()).toBe(4)
    expect(machine.kernel.memcg.root.inactiveAnonPages).toBeGreaterThanOrEqual(4)
    expect(device.shrinker.countObjects()).toBe(0)

    const other = populated()
    objectOf(other).contents?.fill(6n, 0, 4 * PAGE_SIZE)
    expect(shrink(UNBOUND | WRITEBACK)).toBe(4)
    expect(shmemPages()).toBe(4)
    expect(machine.kernel.swap.usedPages).toBe(4)
    call(() => objectOf(other).pinPagesLocked())
    expect(objectOf(other).contents?.countMatching(6n, 0, 4 * PAGE_SIZE)).toBe(4 * PAGE_SIZE)
    expect(machine.kernel.swap.usedPages).toBe(0)
    machine.kernel.checkInvariants()
  })

  test('what fails goes to the end of its list, and counts as looked at', () => {
    boot(SWAP)
    const [pinned, other] = [populated(), populated()]
    objectOf(pinned).pagesPinCount++
    const tally = { scanned: 0 }
    expect(shrink(UNBOUND, 1, tally)).toBe(4)
    expect(tally.scanned).toBe(8)
    expect(objectOf(other).hasPages).toBe(false)
    expect(objectOf(pinned).hasPages).toBe(true)
    const [third, fourth] = [populated(), populated()]
    expect(shrink(UNBOUND, 1)).toBe(4)
    // The pinned one was looked at once more, and is behind what was not.
    expect(objectOf(third).hasPages).toBe(false)
    expect(list(device.mm.shrinkList)).toEqual([objectOf(fourth).id, objectOf(pinned).id])
    objectOf(pinned).pagesPinCount--
  })

  test('one whose reservation is held is passed, and does not count as looked at', () => {
    const handle = populated()
    madvise(handle, DONTNEED)
    objectOf(handle).resvLock.lock('test').perform()
    const tally = { scanned: 0 }
    expect(shrink(BOUND | UNBOUND, EVERYTHING, tally)).toBe(0)
    expect(tally.scanned).toBe(0)
    objectOf(handle).resvLock.unlock('test').perform()
    expect(shrink(BOUND | UNBOUND)).toBe(4)
  })

  test('a bound one wants BOUND, a busy one ACTIVE, a pinned binding stays', () => {
    boot({ gpuJobNs: 1e6 })
    const handle = create()
    expect(call(() => execbuffer(file, [handle]))).toBe(0)
    madvise(handle, DONTNEED)
    expect(shrink(UNBOUND)).toBe(0)
    expect(shrink(UNBOUND | BOUND)).toBe(0)
    expect(shrink(UNBOUND | ACTIVE)).toBe(0)
    for (const binding of objectOf(handle).bindings) binding.isPinned = true
    expect(shrink(UNBOUND | BOUND | ACTIVE)).toBe(0)
    for (const binding of objectOf(handle).bindings) binding.isPinned = false
    const before = machine.kernel.taskNowNs()
    expect(shrink(UNBOUND | BOUND | ACTIVE)).toBe(4)
    expect(process.task.cpu.nowNs(before)).toBeGreaterThanOrEqual(before + 5e5)
  })

  test('a job that is done leaves a buffer that BOUND alone can unbind, if the device is awake', () => {
    const handle = create()
    call(() => execbuffer(file, [handle]))
    madvise(handle, DONTNEED)
    machine.nowNs += 1e9
    device.wakerefs = 0
    expect(shrink(UNBOUND | BOUND)).toBe(0)
    device.wakerefs = 1
    expect(shrink(UNBOUND | BOUND)).toBe(4)
  })

  test('framebuffers want ACTIVE, VMAPS wants a mapping of the kernel', () => {
    const [framebuffer, mapped] = [populated(), populated()]
    for (const handle of [framebuffer, mapped]) madvise(handle, DONTNEED)
    objectOf(framebuffer).isFramebuffer = true
    objectOf(mapped).isVmapped = true
    const plain = populated()
    madvise(plain, DONTNEED)
    expect(call(() => device.shrinker.vmapSpace())).toBe(4)
    file.deleteHandle(plain)
    expect(objectOf(mapped).madv).toBe(I915_MADV_PURGED)
    expect(shrink(UNBOUND | VMAPS)).toBe(0)
    expect(shrink(UNBOUND)).toBe(0)
    expect(shrink(UNBOUND | ACTIVE)).toBe(4)
  })
})

describe('the shrinker of i915', () => {
  test('makes its batch about two objects, and never less than 128 pages', () => {
    expect(device.shrinker.batch).toBe(4096)
    populated(1000)
    device.shrinker.countObjects()
    expect(device.shrinker.batch).toBe(3048)
    for (let i = 0; i < 20; i++) device.shrinker.countObjects()
    expect(device.shrinker.batch).toBe(2000)
    boot()
    populated(1)
    for (let i = 0; i < 20; i++) device.shrinker.countObjects()
    expect(device.shrinker.batch).toBe(128)
  })

  test('only kswapd waits for the GPU, and only when the first pass looked at too little', () => {
    const handle = create()
    call(() => execbuffer(file, [handle]))
    madvise(handle, DONTNEED)
    expect(call(() => scan(128))).toEqual({ freed: 0, scanned: 4 })
    const [pinned, busy] = [populated(), create()]
    objectOf(pinned).pagesPinCount++
    madvise(pinned, DONTNEED)
    call(() => execbuffer(file, [busy]))
    madvise(busy, DONTNEED)
    // Enough was looked at: the busy ones are left alone.
    expect(asKswapd(() => scan(4))).toEqual({ freed: 0, scanned: 12 })
    file.deleteHandle(busy)
    objectOf(pinned).pagesPinCount--
    file.deleteHandle(pinned)
    expect(asKswapd(() => scan(128))).toEqual({ freed: 4, scanned: 8 })
    expect(device.wakerefs).toBe(1)
  })

  test('a shortage of the machine purges what was given away, before anybody is killed', () => {
    boot({ memoryBytes: 64 * MIB })
    const handles = Array.from({ length: 8 }, () => populated(1024))
    for (const handle of handles) madvise(handle, DONTNEED)
    const more = Array.from({ length: 8 }, () => populated(1024))
    expect(more).toHaveLength(8)
    expect(device.shrinker.purgedObjects).toBeGreaterThan(0)
    expect(handles.some((handle) => madvise(handle, WILLNEED) === 0)).toBe(true)
    machine.kernel.checkInvariants()
  })

  test("an object's own allocation fails rather than have somebody killed", () => {
    boot({ memoryBytes: 64 * MIB })
    const handle = create(32 * 1024)
    expect(call(() => objectOf(handle).pinPagesLocked())).toBe(-12)
    expect(machine.kernel.events.get('oom_kill')).toBe(0)
    expect(objectOf(handle).hasPages).toBe(false)
    machine.kernel.checkInvariants()
  })

  test('the OOM notifier saves processes, and says what it did', () => {
    boot(SWAP)
    populated()
    expect(call(() => machine.kernel.oom.outOfMemory(null))).toBe(true)
    expect(machine.kernel.events.get('oom_kill')).toBe(0)
    const said = 'Purging GPU memory, 4 pages freed, 0 pages still pinned, 0 pages left available.'
    expect(machine.kernel.log.lines.map(({ text }) => text)).toContain(said)
    expect(machine.kernel.swap.usedPages).toBe(4)
  })
})

describe('CPU mappings of i915', () => {
  const map = (handle: number) => {
    const vma = call(() => objectOf(handle).mmap(process.task, 4 * PAGE_SIZE))
    if (typeof vma === 'number') throw new Error(`errno ${vma}`)
    return vma
  }

  test('bring the pages in with the first access, keep none of them, and fault again when they were put', () => {
    boot(SWAP)
    const handle = create()
    const vma = map(handle)
    expect(shmemPages()).toBe(0)
    expect(call(() => vma.touch(0, 1, true))).toBe(1)
    expect(shmemPages()).toBe(4)
    vma.contents?.fill(9n, 0, 4 * PAGE_SIZE)
    expect(shrink(UNBOUND | WRITEBACK)).toBe(4)
    expect(shmemPages()).toBe(0)
    expect(vma.contents).toBeNull()
    expect(call(() => vma.touch(0, 4, false))).toBe(4)
    expect(vma.contents?.countMatching(9n, 0, 4 * PAGE_SIZE)).toBe(4 * PAGE_SIZE)
    vma.unmap()
    machine.kernel.checkInvariants()
  })

  test('of a purged buffer raise SIGBUS; of one that was only given away they do not', () => {
    const handle = populated()
    const vma = map(handle)
    madvise(handle, DONTNEED)
    expect(call(() => vma.touch(0, 4, true))).toBe(4)
    shrink(UNBOUND)
    expect(call(() => vma.touch(0, 4, true))).toBe(0)
  })
})

describe('TTM objects of a discrete device', () => {
  const ttm = (handle: number): I915TtmObject => {
    const object = objectOf(handle)
    if (!(object instanceof I915TtmObject)) throw new Error('not a TTM object')
    return object
  }

  beforeEach(() => boot(SWAP, true))

  test('are seen by the shrinker while their pages are populated, and by TTM last', () => {
    const handle = create()
    const { bo } = ttm(handle)
    expect(list(device.mm.shrinkList)).toEqual([])
    call(() => execbuffer(file, [handle]))
    expect(list(device.mm.shrinkList)).toEqual([ttm(handle).id])
    expect(bo.priority).toBe(3)
    expect(bo.tt.has('EXTERNAL')).toBe(true)
    expect(machine.kernel.ttm?.pagesAllocated).toBe(0)
    expect(machine.kernel.ttm?.swapout()).toBe(0)
  })

  test('are swapped out with SWAPPED set first, so that the content comes back', () => {
    const handle = populated()
    const object = ttm(handle)
    object.contents?.fill(3n, 0, 4 * PAGE_SIZE)
    expect(shrink(UNBOUND | WRITEBACK)).toBe(4)
    expect(object.bo.tt.has('SWAPPED')).toBe(true)
    expect([object.bo.tt.isPopulated, object.bo.resource]).toEqual([false, null])
    expect(machine.kernel.swap.usedPages).toBe(4)
    call(() => object.pinPagesLocked())
    expect(object.bo.tt.has('SWAPPED')).toBe(false)
    expect(object.contents?.countMatching(3n, 0, 4 * PAGE_SIZE)).toBe(4 * PAGE_SIZE)
    machine.kernel.checkInvariants()
  })

  test('one that is swapped out stays in the count, and counts as freed again', () => {
    populated()
    expect(shrink(UNBOUND)).toBe(4)
    expect(device.shrinker.countObjects()).toBe(4)
    expect(shrink(UNBOUND)).toBe(4)
  })

  test('given away they are purged with their file; a mapping raises SIGBUS from the advice on', () => {
    const handle = populated()
    const object = ttm(handle)
    const vma = call(() => object.mmap(process.task, 4 * PAGE_SIZE))
    if (typeof vma === 'number') throw new Error('no mapping')
    madvise(handle, DONTNEED)
    expect(call(() => vma.touch(0, 1, true))).toBe(0)
    expect(shrink(UNBOUND)).toBe(4)
    expect(object.madv).toBe(I915_MADV_PURGED)
    expect(shmemPages()).toBe(0)
    expect(machine.kernel.shmemFiles.size).toBe(0)
    // Nobody takes it off the list either.
    expect(shrink(UNBOUND)).toBe(4)
    vma.unmap()
  })

  test('a foreign fence keeps one that is not bound from direct reclaim, too', () => {
    const handle = populated()
    const fence = new DmaFence({ driver: 'other', timeline: 'other' }, 1000, 1, 1e9)
    objectOf(handle).resv.add(fence, 'write', 0)
    expect(shrink(UNBOUND)).toBe(0)
    expect(shrink(UNBOUND | ACTIVE)).toBe(4)
  })

  test('is not waited for in direct reclaim', () => {
    const handle = populated()
    device.wakerefs = 1
    call(() => execbuffer(file, [handle]))
    expect(shrink(UNBOUND | BOUND)).toBe(0)
    expect(shrink(UNBOUND | BOUND | ACTIVE)).toBe(4)
  })

  test('has no PREAD, no SET_DOMAIN, and one kind of mapping', () => {
    const handle = create()
    expect(domain.gemPread(file, handle, 0, 4)).toBe(-95)
    expect(domain.gemPwrite(file, handle, 0, new Uint8Array(0))).toBe(-95)
    expect(domain.gemSetDomain(file, handle, CPU, 0)).toBe(-19)
    expect(drv.gemMmapOffset(file, handle, 2n)).toBe(-19)
    expect(drv.gemMmapOffset(file, handle, 4n)).toHaveProperty('offset')
  })

  test('a closed file gives everything back', () => {
    const [a, b] = [populated(), populated()]
    madvise(a, DONTNEED)
    expect(b).toBeGreaterThan(0)
    for (const handle of [a, b]) file.deleteHandle(handle)
    expect([device.mm.shrinkCount, device.mm.shrinkPages, shmemPages()]).toEqual([0, 0, 0])
    expect(machine.kernel.ttm?.bufferObjects).toBe(0)
    machine.kernel.checkInvariants()
  })
})
