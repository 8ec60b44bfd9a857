import { beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { ShrinkControl, Shrinker } from '../../src/sim/mm/shrinker.js'
import { TaskKilled } from '../../src/sim/process/task-killed.js'
import {
  DONTNEED,
  hog,
  idleBos,
  mapBo,
  MIB,
  newBo,
  NODE,
  type Process,
  purgedOf,
  taken,
  TestMachine,
} from './sim-machine.js'

const ROOT = '/sys/fs/cgroup'
let machine: TestMachine
let actor: Process
let fd: number

beforeEach(() => {
  machine = new TestMachine({ memoryBytes: 64 * MIB })
  actor = machine.spawn('actor')
  fd = actor.backend.drm.open(NODE)
  return () => machine.kernel.checkInvariants()
})

const purges = (): number => machine.kernel.panfrost.shrinker.purgedObjects
const kills = (): number => machine.kernel.events.get('oom_kill')

describe('which pressure reaches Panfrost', () => {
  test('none: nothing is purged', () => {
    idleBos(actor, fd, 32, 256 * 1024)
    machine.nowNs += 1e12
    expect(purges()).toBe(0)
  })

  test('drop_caches=2 purges all that is idle, 1 nothing but the page cache, 3 both', () => {
    const handles = idleBos(actor, fd, 8, 256 * 1024)
    const write = (text: string): number => machine.write(actor, '/proc/sys/vm/drop_caches', text)
    expect(machine.kernel.pages.used('file')).toBe(1024)
    expect(write('1')).toBe(0)
    expect([machine.kernel.pages.used('file'), purges()]).toEqual([0, 0])
    expect(write('2\n')).toBe(0)
    expect(purgedOf(actor, fd, handles)).toEqual(handles)
    idleBos(actor, fd, 1, 4096)
    machine.kernel.pageCache.add(machine.kernel.memcg.root, 10)
    expect(write('3')).toBe(0)
    expect([machine.kernel.pages.used('file'), purges()]).toEqual([0, 9])
    for (const text of ['0', '5', 'x', '']) expect(write(text)).toBe(-ERRNO.EINVAL)
  })

  test('a child cgroup at its limit: the hog in it is killed, and nothing is purged', () => {
    const handles = idleBos(actor, fd, 8, 256 * 1024)
    const child = machine.spawnIn('squeeze')
    const childFd = child.backend.drm.open(NODE)
    const own = idleBos(child, childFd, 4, 256 * 1024)
    expect(machine.write(child, `${ROOT}/squeeze/memory.max`, '8M')).toBe(0)
    const victim = machine.spawn('hog')
    machine.write(actor, `${ROOT}/squeeze/cgroup.procs`, String(victim.task.pid))
    expect(() => hog(victim, 16 * MIB)).toThrow(TaskKilled)
    expect(purges()).toBe(0)
    expect([purgedOf(actor, fd, handles), purgedOf(child, childFd, own)]).toEqual([[], []])
    expect(kills()).toBe(1)
    const events = machine.read(actor, `${ROOT}/squeeze/memory.events`)
    expect(events).toMatch(/^low 0\nhigh 0\nmax \d+\noom 1\noom_kill 1\noom_group_kill 0\n$/)
    expect(machine.value(actor, `${ROOT}/squeeze/memory.events`, 'max')).toBeGreaterThan(1)
  })

  test('a GEM charge above the limit is ENOMEM: nobody is killed, nothing is purged', () => {
    const child = machine.spawnIn('squeeze')
    const childFd = child.backend.drm.open(NODE)
    idleBos(child, childFd, 4, 256 * 1024)
    machine.write(child, `${ROOT}/squeeze/memory.max`, '2M')
    expect(child.backend.panfrost.createBo(childFd, 2 * MIB, 1)).toBe(-ERRNO.ENOMEM)
    expect([kills(), purges()]).toEqual([0, 0])
    expect(machine.value(actor, `${ROOT}/squeeze/memory.events`, 'oom')).toBe(0)
    expect(machine.read(actor, `${ROOT}/squeeze/memory.current`)).toBe(`${MIB}\n`)
  })

  test('memory.max lowered below the usage kills the owner; memory.high and memory.reclaim purge nothing', () => {
    const child = machine.spawnIn('squeeze')
    idleBos(child, child.backend.drm.open(NODE), 8, 256 * 1024)
    hog(child, MIB)
    expect(machine.write(actor, `${ROOT}/squeeze/memory.high`, '1M')).toBe(0)
    expect(machine.write(actor, `${ROOT}/squeeze/memory.reclaim`, '1M')).toBe(-ERRNO.EAGAIN)
    expect([child.task.exited, purges()]).toEqual([false, 0])
    expect(machine.write(actor, `${ROOT}/squeeze/memory.max`, '1M')).toBe(0)
    expect([child.task.exited, purges(), kills()]).toEqual([true, 0, 1])
    expect(machine.read(actor, `${ROOT}/squeeze/memory.current`)).toBe('0\n')
  })

  test('memory.reclaim of the root purges, also when it answers EAGAIN for want of page cache', () => {
    machine.write(actor, '/proc/sys/vm/drop_caches', '1')
    const handles = idleBos(actor, fd, 32, 256 * 1024)
    expect(machine.write(actor, `${ROOT}/memory.reclaim`, '1M')).toBe(-ERRNO.EAGAIN)
    expect(purgedOf(actor, fd, handles)).toEqual(handles)
    expect(kills()).toBe(0)
    for (const text of ['', 'abc', '1M swappiness=201', '1M x']) {
      expect(machine.write(actor, `${ROOT}/memory.reclaim`, text)).toBe(-ERRNO.EINVAL)
    }
  })

  test('direct reclaim goes down to priority 0, the only one at which a single page is scanned', () => {
    machine.write(actor, '/proc/sys/vm/drop_caches', '1')
    const handles = idleBos(actor, fd, 1, 4096)
    expect(machine.write(actor, `${ROOT}/memory.reclaim`, '1M')).toBe(-ERRNO.EAGAIN)
    expect(purgedOf(actor, fd, handles)).toEqual(handles)
  })

  test('memory.reclaim of the root that finds page cache is content with it', () => {
    expect(machine.write(actor, `${ROOT}/memory.reclaim`, '1M swappiness=0')).toBe(0)
    expect(machine.kernel.pages.used('file')).toBeLessThanOrEqual(1024 - 256)
  })

  test('a hog on the whole machine: buffers are purged before anybody is killed, oldest first', () => {
    const handles = idleBos(actor, fd, 64, 256 * 1024)
    const other = machine.spawn('hog')
    const map = taken(other.backend.memory.mapAnonymous(64 * MIB))
    let taken_ = 0
    while (purges() === 0) {
      other.backend.memory.fill(map, 1n, taken_, 64 * 1024)
      taken_ += 64 * 1024
    }
    expect(kills()).toBe(0)
    const purged = purgedOf(actor, fd, handles)
    expect(purged).toEqual(handles.slice(0, purged.length))
    expect(machine.kernel.events.get('pageoutrun')).toBeGreaterThan(0)
    expect(machine.value(actor, '/proc/vmstat', 'slabs_scanned')).toBeGreaterThan(0)
  })

  test('a hog that wants more than there is gets all of them, and is killed', () => {
    const handles = idleBos(actor, fd, 64, 256 * 1024)
    const other = machine.spawn('hog')
    expect(() => hog(other, 63 * MIB)).toThrow(TaskKilled)
    expect(purgedOf(actor, fd, handles)).toEqual(handles)
    expect([kills(), actor.task.exited, other.task.exited]).toEqual([1, false, true])
    expect(machine.kernel.pages.used('anon')).toBe(0)
    expect(machine.kernel.events.get('allocstall_normal')).toBeGreaterThan(0)
    expect(
      machine.kernel.log.lines.some(({ text }) => /^Out of memory: Killed process \d+ \(hog\)/.test(text)),
    ).toBe(true)
  })
})

describe('do_shrink_slab()', () => {
  /** The highest priority, coming from 12 down, at which a shrinker with so many objects is scanned. */
  function firstScan(objects: number): number {
    const fresh = new TestMachine({ memoryBytes: 16 * MIB })
    let scans = 0
    const shrinker: Shrinker = {
      name: 'test',
      memcgAware: false,
      countObjects: () => objects,
      scanObjects: () => (scans++, 0),
    }
    // One priority a machine: what is deferred at a higher one would be added.
    for (let priority = 12; priority >= 0; priority--) {
      const one = new TestMachine({ memoryBytes: 16 * MIB })
      one.kernel.shrinkers.register(shrinker)
      one.kernel.shrinkers.shrinkSlab(fresh.kernel.memcg.root, priority)
      if (scans > 0) return priority
    }
    return -1
  }

  test.each([
    [1, 0],
    [64, 1],
    [1024, 4],
    [25_600, 8],
    [262_144, 12],
  ])('%i objects are scanned from priority %i on', (objects, priority) => {
    expect(firstScan(objects)).toBe(priority)
  })

  test('scans in batches of 128, ends at SHRINK_STOP, and carries what it did not scan to the next call', () => {
    const asked: number[] = []
    let answer = 0
    const shrinker: Shrinker = {
      name: 'test',
      memcgAware: false,
      countObjects: () => 1000,
      scanObjects: ({ nrToScan }: ShrinkControl) => (asked.push(nrToScan), answer),
    }
    const { shrinkers, memcg, events } = machine.kernel
    shrinkers.register(shrinker)
    const before = events.get('slabs_scanned')
    shrinkers.shrinkSlab(memcg.root, 2)
    // (1000 >> 2) * 2 = 500: three batches, and 116 are left.
    expect(asked).toEqual([128, 128, 128])
    expect(events.get('slabs_scanned') - before).toBe(384)
    asked.length = 0
    answer = 0
    // Now 250, and 116 >> 3 of what was left: 264.
    shrinkers.shrinkSlab(memcg.root, 3)
    expect(asked).toEqual([128, 128])
    asked.length = 0
    answer = -1
    shrinkers.shrinkSlab(memcg.root, 3)
    expect(asked).toEqual([128])
    asked.length = 0
    answer = 0
    // 2000 and what was deferred, but never more than twice what there is.
    shrinkers.shrinkSlab(memcg.root, 0)
    expect(asked).toHaveLength(15)
  })

  test('a shrinker that knows of cgroups is called for a child, Panfrost is not', () => {
    const child = machine.spawnIn('squeeze')
    idleBos(child, child.backend.drm.open(NODE), 4, 256 * 1024)
    const called: string[] = []
    const aware: Shrinker = {
      name: 'aware',
      memcgAware: true,
      countObjects: ({ memcg }) => (called.push(memcg.isRoot ? 'root' : 'child'), 0),
      scanObjects: () => 0,
    }
    machine.kernel.shrinkers.register(aware)
    const memcg = child.task.cgroup.effectiveMemcg()
    machine.write(child, `${ROOT}/squeeze/memory.reclaim`, '1M')
    expect(called).toEqual([])
    machine.kernel.shrinkers.setBit(memcg, aware)
    machine.write(child, `${ROOT}/squeeze/memory.reclaim`, '1M')
    expect(new Set(called)).toEqual(new Set(['child']))
    expect(machine.kernel.shrinkers.stat(machine.kernel.panfrost.shrinker).calls).toBe(0)
  })
})

describe('kswapd', () => {
  test('keeps free memory above low by dropping page cache, long before anybody must reclaim by itself', () => {
    const { pages, events } = machine.kernel
    hog(actor, (pages.freePages - pages.watermarks.lowPages + 200) * 4096)
    expect(events.get('pgsteal_kswapd')).toBeGreaterThanOrEqual(200)
    expect(pages.freePages).toBeGreaterThanOrEqual(pages.watermarks.lowPages)
    expect(events.get('allocstall_normal')).toBe(0)
  })

  test('never scans a single idle page: it stops at priority 1', () => {
    const [handle = 0] = idleBos(actor, fd, 1, 4096)
    machine.write(actor, '/proc/sys/vm/drop_caches', '1')
    const { pages, events } = machine.kernel
    hog(actor, (pages.freePages - pages.watermarks.lowPages + 8) * 4096)
    expect(events.get('pageoutrun')).toBeGreaterThan(0)
    expect(purgedOf(actor, fd, [handle])).toEqual([])
  })
})

describe('the OOM killer', () => {
  test('goes by resident pages and oom_score_adj; -1000 is never chosen', () => {
    const { oom, pages } = machine.kernel
    const small = machine.spawn('small')
    const big = machine.spawn('big')
    hog(small, MIB)
    hog(big, 2 * MIB)
    expect(oom.badness(big.task, pages.totalPages)).toBe(512)
    machine.write(actor, `/proc/${small.task.pid}/oom_score_adj`, '100')
    expect(oom.badness(small.task, pages.totalPages)).toBe(256 + 100 * Math.floor(pages.totalPages / 1000))
    machine.write(actor, `/proc/${big.task.pid}/oom_score_adj`, '-1000')
    expect(oom.outOfMemory(null)).toBe(true)
    expect([small.task.exited, big.task.exited]).toEqual([true, false])
    machine.write(actor, `/proc/${actor.task.pid}/oom_score_adj`, '-1000')
    expect(oom.outOfMemory(null)).toBe(false)
  })

  test('does not see GEM pages in anybody: a process that holds all memory in buffers is not the one', () => {
    const other = machine.spawn('small')
    hog(other, 64 * 1024)
    const size = 16 * MIB
    mapBo(actor, fd, newBo(actor, fd, size), size)
    expect(actor.task.rssPages).toBe(0)
    machine.kernel.oom.outOfMemory(null)
    expect([actor.task.exited, other.task.exited]).toEqual([false, true])
  })

  test('memory.oom.group takes all of the group', () => {
    const one = machine.spawnIn('group')
    const two = machine.spawn('two')
    machine.write(actor, `${ROOT}/group/cgroup.procs`, String(two.task.pid))
    machine.write(actor, `${ROOT}/group/memory.oom.group`, '1')
    machine.write(actor, `${ROOT}/group/memory.max`, '1M')
    expect(() => hog(one, 2 * MIB)).toThrow(TaskKilled)
    expect([one.task.exited, two.task.exited, actor.task.exited]).toEqual([true, true, false])
    expect(machine.value(actor, `${ROOT}/group/memory.events`, 'oom_group_kill')).toBe(1)
  })
})

describe('stalls', () => {
  test('memory.high makes a hog slow, not dead, and PSI shows it', () => {
    const child = machine.spawnIn('slow')
    machine.write(child, `${ROOT}/slow/memory.high`, '1M')
    const startNs = child.task.cpu.nowNs(0)
    hog(child, 3 * MIB)
    expect(child.task.cpu.nowNs(0) - startNs).toBeGreaterThan(2e9)
    expect(machine.value(actor, `${ROOT}/slow/memory.events`, 'high')).toBeGreaterThan(0)
    machine.nowNs = child.task.cpu.nowNs(0)
    const pressure = machine.read(actor, `${ROOT}/slow/memory.pressure`)
    const format =
      /^some avg10=(\d+\.\d\d) avg60=\d+\.\d\d avg300=\d+\.\d\d total=(\d+)\nfull avg10=.* total=\d+\n$/
    const [, avg10, total] = format.exec(pressure) ?? []
    expect(Number(avg10)).toBeGreaterThan(50)
    expect(Number(total)).toBeGreaterThan(2e6)
    expect(machine.read(actor, '/proc/pressure/memory')).toMatch(format)
    machine.nowNs += 600e9
    expect(machine.read(actor, '/proc/pressure/memory')).toContain('some avg10=0.00')
  })
})

test('DONTNEED of a process that ends leaves nothing on the list', () => {
  const free = machine.kernel.pages.freePages
  const other = machine.spawn('short')
  idleBos(other, other.backend.drm.open(NODE), 4, 4096)
  mapBo(other, other.backend.drm.open(NODE) - 1, 1, 4096)
  hog(other, MIB)
  machine.kernel.tasks.kill(other.task)
  expect(machine.kernel.panfrost.shrinker.list.length).toBe(0)
  expect(machine.kernel.panfrost.objects.size).toBe(0)
  expect(machine.kernel.pages.freePages).toBe(free)
  expect(() => other.backend.panfrost.madvise(3, 1, DONTNEED)).toThrow(TaskKilled)
})
