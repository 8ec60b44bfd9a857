/** What keeps the simulated machine fast with many objects, told without a clock. */
import fc from 'fast-check'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { openDeviceOf } from '../../src/device/open-device.js'
import { DrmMm } from '../../src/sim/drm/drm-mm.js'
import { createBoPath, madvisePath } from '../../src/sim/drm/panfrost/panfrost-drv.js'
import { PageMap } from '../../src/sim/lib/page-map.js'
import { isStepping, setStepping, type Path } from '../../src/sim/sched/path.js'
import { DONTNEED, MIB, NODE, NOEXEC, TestMachine, WILLNEED } from './sim-machine.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Hole {
  start: number
  end: number
}

/** drm_mm.c with a list for its trees: holes in the order in which they became holes. */
class PlainMm {
  readonly holes: Hole[]

  constructor(start: number, end: number) {
    this.holes = [{ start, end }]
  }

  insert(pages: number, align: number): number | undefined {
    const fits = ({ start, end }: Hole) => Math.ceil(start / align) * align + pages <= end
    // best_hole() and next_hole(): the smallest, and of equals the one that came last.
    const best = [...this.holes]
      .reverse()
      .filter(fits)
      .reduce<Hole | undefined>(
        (a, b) => (a === undefined || b.end - b.start < a.end - a.start ? b : a),
        undefined,
      )
    if (best === undefined) return undefined
    const start = Math.ceil(best.start / align) * align
    this.holes.splice(this.holes.indexOf(best), 1)
    this.#add(best.start, start)
    this.#add(start + pages, best.end)
    return start
  }

  remove(start: number, pages: number): void {
    const before = this.holes.find(({ end }) => end === start)
    const after = this.holes.find((hole) => hole.start === start + pages)
    for (const hole of [before, after]) if (hole !== undefined) this.holes.splice(this.holes.indexOf(hole), 1)
    this.#add(before?.start ?? start, after?.end ?? start + pages)
  }

  #add(start: number, end: number): void {
    if (start < end) this.holes.push({ start, end })
  }
}

test('DrmMm gives the addresses that a search through all holes gives', () => {
  const step = fc.record({
    pages: fc.integer({ min: 1, max: 12 }),
    align: fc.constantFrom(1, 1, 4, 8),
    frees: fc.option(fc.nat(), { freq: 2 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const mm = new DrmMm(3, 300)
      const plain = new PlainMm(3, 300)
      const taken: { start: number; pages: number }[] = []
      for (const { pages, align, frees } of steps) {
        const [out] = frees === null || taken.length === 0 ? [] : taken.splice(frees % taken.length, 1)
        if (out !== undefined) {
          mm.remove(out.start, out.pages)
          plain.remove(out.start, out.pages)
          continue
        }
        const start = mm.insert(pages, { alignPages: align })
        expect(start).toBe(plain.insert(pages, align))
        if (start !== undefined) taken.push({ start, pages })
      }
    }),
  )
})

/** How often a path stops, and what it comes to. */
function stopsOf<T>(path: Path<T>): { stops: number; value: T } {
  let step = path.next(0)
  let stops = 0
  for (; step.done !== true; stops++) step = path.next(step.value.perform())
  return { stops, value: step.value }
}

test('paths stop at each lock while somebody steps, and nowhere else', () => {
  const { kernel } = new TestMachine({ memoryBytes: 64 * MIB })
  const file = kernel.panfrost.open()
  const run = () => {
    const created = stopsOf(createBoPath(file, 4096, NOEXEC))
    if (typeof created.value === 'number') throw new Error(`CREATE_BO: ${created.value}`)
    const { handle } = created.value
    const advised = stopsOf(madvisePath(file, handle, DONTNEED))
    const scanned = stopsOf(
      kernel.panfrost.shrinker.scan({ memcg: kernel.memcg.root, nrToScan: 1, nrScanned: 1 }),
    )
    const closed = stopsOf(file.handleDelete(handle))
    return {
      stops: [created.stops, advised.stops, scanned.stops, closed.stops],
      values: [advised.value, scanned.value, closed.value],
    }
  }
  expect(isStepping()).toBe(false)
  const alone = run()
  const before = setStepping(true)
  const stepped = run()
  setStepping(before)
  expect(alone).toEqual({ stops: [0, 0, 0, 0], values: [1, 1, 0] })
  expect(stepped.values).toEqual(alone.values)
  expect(stepped.stops[1]).toBe(8)
  for (const stops of stepped.stops) expect(stops).toBeGreaterThanOrEqual(6)
  kernel.checkInvariants()
})

test('the shrinker counts what can be purged without a look at the buffers', () => {
  const machine = new TestMachine({ memoryBytes: 64 * MIB })
  const { kernel } = machine
  const { backend } = machine.spawn('user')
  const { drm, panfrost } = backend
  const fd = drm.open(NODE)
  const handles = [1, 2, 3].map((pages) => {
    const bo = panfrost.createBo(fd, pages * 4096, NOEXEC)
    return typeof bo === 'number' ? bo : bo.handle
  })
  const { shrinker } = kernel.panfrost
  for (const handle of handles) panfrost.madvise(fd, handle, DONTNEED)
  expect([shrinker.purgeablePages, shrinker.countObjects()]).toEqual([6, 6])
  // Twice is once; another device's use, and a share, take it out.
  panfrost.madvise(fd, handles[0] ?? 0, DONTNEED)
  drm.primeHandleToFd(fd, handles[1] ?? 0, 0)
  expect(shrinker.countObjects()).toBe(4)
  panfrost.madvise(fd, handles[0] ?? 0, WILLNEED)
  expect(shrinker.countObjects()).toBe(3)
  drm.gemClose(fd, handles[2] ?? 0)
  expect(shrinker.countObjects()).toBe(0)
  kernel.checkInvariants()
})

/** Of heap for each more buffer. */
function heapBytesOf(create: () => unknown): number {
  const COUNT = 20_000
  for (let i = 0; i < 2_000; i++) create()
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < COUNT; i++) create()
  collect()
  return (process.memoryUsage().heapUsed - before) / COUNT
}

test('an idle buffer takes little heap', () => {
  const machine = new TestMachine({ memoryBytes: 1024 * MIB })
  const { backend } = machine.spawn('user')
  const fd = backend.drm.open(NODE)
  expect(heapBytesOf(() => backend.panfrost.createBo(fd, 4096, NOEXEC))).toBeLessThan(600)
  const device = openDeviceOf(backend)
  const buffers: unknown[] = []
  expect(
    heapBytesOf(() => buffers.push(device.createBuffer({ sizeBytes: 4096, noexec: true }))),
  ).toBeLessThan(1100)
  expect(buffers).toHaveLength(22_000)
})

test('PageMap is a Map of pages', () => {
  const step = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean(), fc.boolean())
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.constantFrom(1, 512, 0x10_0000), (steps, stride) => {
      const pages = new PageMap<number>()
      const model = new Map<number, number>()
      for (const [i, [at, isGone, isFar]] of steps.entries()) {
        const page = at * stride + (isFar ? 2 ** 40 : 0)
        if (isGone) {
          pages.delete(page)
          model.delete(page)
        } else {
          pages.set(page, i)
          model.set(page, i)
        }
        expect(pages.size).toBe(model.size)
        for (let each = 0; each <= 40; each++) expect(pages.get(each * stride)).toBe(model.get(each * stride))
      }
      expect([...pages.values()].sort()).toEqual([...model.values()].sort())
    }),
  )
  expect(new PageMap().get(-1)).toBeUndefined()
  expect(() => new PageMap().set(-1, 0)).toThrow(RangeError)
})
