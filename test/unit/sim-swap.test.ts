/** Swap, protection and the multi-generational walk of the simulated kernel. */
import { expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { ShmemFile } from '../../src/sim/mm/shmem.js'
import { hog, MIB, TestMachine } from './sim-machine.js'

const ROOT = '/sys/fs/cgroup'

function swapMachine(zramRatio?: number): TestMachine {
  const swap = { bytes: 32 * MIB, ...(zramRatio !== undefined && { zramRatio }) }
  return new TestMachine({ memoryBytes: 64 * MIB, swap })
}

test.each([
  ['a disk', undefined],
  ['zram', 3],
])('more than all memory fits with %s, and comes back as it was', (_, ratio) => {
  const machine = swapMachine(ratio)
  const actor = machine.spawn('actor')
  const { swap, pages, events } = machine.kernel
  const map = hog(actor, 70 * MIB - 8 * MIB)
  expect(swap.usedPages).toBeGreaterThan(0)
  expect(pages.used('zram')).toBe(ratio === undefined ? 0 : Math.ceil(swap.usedPages / ratio))
  expect(machine.value(actor, '/proc/meminfo', 'SwapFree')).toBe(32 * 1024 - swap.usedPages * 4)
  expect(machine.read(actor, '/proc/swaps')).toContain(`partition\t32768\t\t${swap.usedPages * 4}\t`)
  expect(actor.task.rssPages + actor.task.swapPages).toBe((62 * MIB) / 4096)
  expect(actor.backend.memory.verify(map, 7n, 0, 62 * MIB)).toBe(62 * MIB)
  expect(events.get('pswpin')).toBeGreaterThan(0)
  machine.kernel.checkInvariants()
  actor.backend.memory.munmap(map)
  expect([swap.usedPages, pages.used('zram'), pages.used('anon')]).toEqual([0, 0, 0])
})

test('a shmem file that nobody holds is swapped out and read in again; one that is held stays', () => {
  const machine = swapMachine()
  const child = machine.spawnIn('squeeze')
  const { kernel } = machine
  kernel.syscall(child.task, 0, () => {
    const file = new ShmemFile(kernel)
    const pages = file.getPages(1024)
    if (pages === null) throw new Error('no pages')
    pages.contents.fill(5n, 0, 4 * MIB)
    const reclaim = (): unknown => kernel.fileSystem.write(`${ROOT}/squeeze/memory.reclaim`, '4M')
    expect(reclaim()).toBe(-ERRNO.EAGAIN)
    expect(file.swappedPages).toBe(0)
    file.putPages(pages)
    expect(reclaim()).toBe(0)
    expect([file.residentPages, file.swappedPages]).toEqual([0, 1024])
    expect(kernel.fileSystem.read(`${ROOT}/squeeze/memory.swap.current`)).toBe(`${4 * MIB}\n`)
    expect(file.getPages(1024)).toBe(pages)
    expect([file.residentPages, file.swappedPages, kernel.swap.usedPages]).toEqual([1024, 0, 0])
    expect(pages.contents.countMatching(5n, 0, 4 * MIB)).toBe(4 * MIB)
    file.putPages(pages)
    file.truncate()
  })
  kernel.checkInvariants()
})

test('memory.swap.max and swappiness=0 keep a group from swapping', () => {
  const machine = swapMachine()
  const child = machine.spawnIn('squeeze')
  hog(child, 4 * MIB)
  const write = (name: string, text: string): number => machine.write(child, `${ROOT}/squeeze/${name}`, text)
  expect(write('memory.reclaim', '1M swappiness=0')).toBe(-ERRNO.EAGAIN)
  expect(machine.kernel.swap.usedPages).toBe(0)
  write('memory.swap.max', '1M')
  expect(write('memory.reclaim', '4M')).toBe(-ERRNO.EAGAIN)
  expect(machine.kernel.swap.usedPages).toBe(256)
})

test('memory.min is not touched, memory.low only when there is nothing else, and is told', () => {
  const machine = swapMachine()
  const child = machine.spawnIn('squeeze')
  const write = (path: string, text: string): number => machine.write(child, path, text)
  hog(child, 4 * MIB)
  write('/proc/sys/vm/drop_caches', '1')
  write(`${ROOT}/squeeze/memory.min`, '8M')
  expect(write(`${ROOT}/memory.reclaim`, '1M')).toBe(-ERRNO.EAGAIN)
  expect(machine.kernel.swap.usedPages).toBe(0)
  write(`${ROOT}/squeeze/memory.min`, '0')
  write(`${ROOT}/squeeze/memory.low`, '8M')
  write(`${ROOT}/memory.reclaim`, '1M')
  expect(machine.kernel.swap.usedPages).toBeGreaterThan(0)
  expect(machine.value(child, `${ROOT}/squeeze/memory.events`, 'low')).toBeGreaterThan(0)
})

test('with lru_gen the root is visited at times that chance decides, and shrinkers only then', () => {
  /** How often a shrinker that knows nothing of cgroups was asked, after each of 16 small reclaims, with bins drawn from a seed. */
  const visits = (seed: number): number[] => {
    let state = seed
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return (state >> 16) % below
    }
    const machine = new TestMachine({ memoryBytes: 64 * MIB, pageCacheBytes: 4 * MIB, random })
    const actor = machine.spawn('actor')
    expect(machine.write(actor, '/sys/kernel/mm/lru_gen/enabled', 'y')).toBe(0)
    for (const name of ['a', 'b', 'c']) {
      const child = machine.spawnIn(name)
      machine.kernel.syscall(child.task, 0, () =>
        machine.kernel.pageCache.add(child.task.cgroup.effectiveMemcg(), 2048),
      )
    }
    let asked = 0
    machine.kernel.shrinkers.register({
      name: 'unaware',
      memcgAware: false,
      countObjects: () => (asked++, 0),
      scanObjects: () => 0,
    })
    return Array.from({ length: 16 }, () => {
      expect(machine.write(actor, `${ROOT}/memory.reclaim`, '128K')).toBe(0)
      machine.kernel.checkInvariants()
      return asked
    })
  }
  expect(visits(1)).toEqual(visits(1))
  const runs = [1, 2, 3, 4, 5, 6].map((seed) => JSON.stringify(visits(seed)))
  expect(new Set(runs).size).toBeGreaterThan(1)
})
