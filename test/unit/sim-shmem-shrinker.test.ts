/** Panfrost with the generic shrinker of the drm-shmem helper, on the simulated kernel. */
import { afterEach, describe, expect, test } from 'vitest'
import { RAISED_SIGBUS } from '../../src/backend/memory-calls.js'
import { ERRNO } from '../../src/backend/errno.js'
import { isActive, isAllocated } from '../../src/sim/drm/panfrost/panfrost-gem-mapping.js'
import { PanfrostShmemObject } from '../../src/sim/drm/panfrost/panfrost-shmem.js'
import { runToCompletion } from '../../src/sim/sched/path.js'
import { DONTNEED, idleBos, mapBo, MIB, newBo, NODE, purgedOf, TestMachine, WILLNEED } from './sim-machine.js'

const DROP_CACHES = '/proc/sys/vm/drop_caches'
const SIZE = 65536
const SWAP = { swap: { bytes: 64 * MIB } }

function start(options: ConstructorParameters<typeof TestMachine>[0]) {
  const machine = new TestMachine({ release: '7.2', ...options })
  const user = machine.spawn('user')
  const fd = user.backend.drm.open(NODE)
  const shrinker = machine.kernel.panfrost.needShmemShrinker()
  const reclaim = () => machine.write(user, DROP_CACHES, '2')
  const object = (handle: number): PanfrostShmemObject => {
    const found = [...machine.kernel.panfrost.objects][handle - 1]
    if (!(found instanceof PanfrostShmemObject)) throw new Error(`no buffer ${handle}`)
    return found
  }
  const submit = (...handles: number[]) =>
    user.backend.panfrost.submit(fd, {
      ...{ jc: 4096n, requirements: 0, inSyncs: new Uint32Array(), outSync: 0, jmCtxHandle: 0 },
      boHandles: Uint32Array.from(handles),
    })
  afterEach(() => machine.kernel.checkInvariants())
  return { machine, user, fd, shrinker, reclaim, object, submit }
}

const filled = ({ user, fd }: ReturnType<typeof start>, seed: bigint, bytes = SIZE) => {
  const handle = newBo(user, fd, bytes)
  const map = mapBo(user, fd, handle, bytes)
  user.backend.memory.fill(map, seed, 0, bytes)
  return { handle, map }
}

describe('as posted: Panfrost only purges', () => {
  test('what is not needed is purged, and its pages go back', () => {
    const at = start({ patches: 'shrinker', ...SWAP })
    const [needed, not] = [filled(at, 1n), filled(at, 2n)]
    const before = at.machine.kernel.pages.freePages
    at.user.backend.panfrost.madvise(at.fd, not.handle, DONTNEED)
    at.reclaim()
    expect(purgedOf(at.user, at.fd, [needed.handle, not.handle])).toEqual([not.handle])
    expect(at.shrinker.purgedObjects).toBe(1)
    expect(at.shrinker.evictedObjects).toBe(0)
    // Also those of a buffer that is mapped: the mapping's use does not keep them.
    expect(at.machine.kernel.pages.freePages).toBe(before + SIZE / 4096)
    expect(at.user.backend.memory.read(not.map, 0, 1)).toBe(RAISED_SIGBUS)
    expect(at.user.backend.memory.verify(needed.map, 1n, 0, SIZE)).toBe(SIZE)
  })

  test('a job with a buffer that is not needed, or purged, is ENOMEM', () => {
    const at = start({ patches: 'shrinker' })
    const [needed, not, purged] = [newBo(at.user, at.fd, SIZE), newBo(at.user, at.fd, SIZE), 3]
    idleBos(at.user, at.fd, 1, SIZE)
    at.reclaim()
    at.user.backend.panfrost.madvise(at.fd, not, DONTNEED)
    expect(at.submit(needed, not)).toBe(-ERRNO.ENOMEM)
    expect(at.submit(needed, purged)).toBe(-ERRNO.ENOMEM)
    at.user.backend.panfrost.madvise(at.fd, not, WILLNEED)
    expect(at.submit(needed, not)).toBe(0)
  })

  test('a busy buffer is left, as its fence is not signalled', () => {
    const at = start({ patches: 'shrinker', gpuJobNs: Infinity })
    const busy = newBo(at.user, at.fd, SIZE)
    expect(at.submit(busy)).toBe(0)
    at.user.backend.panfrost.madvise(at.fd, busy, DONTNEED)
    at.reclaim()
    expect(purgedOf(at.user, at.fd, [busy])).toEqual([])
  })
})

describe('with a driver that evicts', () => {
  test('what is needed is evicted, swapped out, and comes back whole at a touch', () => {
    const at = start({ patches: 'eviction', ...SWAP, memoryBytes: 64 * MIB })
    const { handle, map } = filled(at, 5n, MIB)
    at.reclaim()
    expect(at.object(handle)).toMatchObject({ evicted: true, pages: null, hasSgt: false, pagesUseCount: 2 })
    at.machine.write(at.user, '/sys/fs/cgroup/memory.reclaim', '32M')
    expect(at.object(handle).file.swappedPages).toBe(256)
    expect(at.user.backend.memory.verify(map, 5n, 0, MIB)).toBe(MIB)
    expect(at.object(handle)).toMatchObject({ evicted: false, hasSgt: true })
    expect(at.object(handle).file.swappedPages).toBe(0)
    expect(at.shrinker).toMatchObject({ evictedObjects: 1, swappedInObjects: 1 })
  })

  test('without room in swap nothing is evicted', () => {
    const at = start({ patches: 'eviction', swap: { bytes: SIZE } })
    const [small, large] = [newBo(at.user, at.fd, SIZE), newBo(at.user, at.fd, SIZE + 4096)]
    at.reclaim()
    expect([small, large].map((handle) => at.object(handle).evicted)).toEqual([true, false])
    const none = start({ patches: 'eviction' })
    const handle = newBo(none.user, none.fd, SIZE)
    none.reclaim()
    expect(none.object(handle).evicted).toBe(false)
  })

  test('a job brings it back before it runs', () => {
    const at = start({ patches: 'eviction', ...SWAP })
    const { handle } = filled(at, 6n)
    at.reclaim()
    const mapping = at.object(handle).firstMapping
    expect(mapping && isActive(mapping)).toBe(false)
    expect(at.submit(handle)).toBe(0)
    expect(at.object(handle).evicted).toBe(false)
    expect(mapping && isActive(mapping)).toBe(true)
  })

  test('an evicted one that is not needed any more is purged, and the address is free', () => {
    const at = start({ patches: 'eviction', ...SWAP })
    const { handle, map } = filled(at, 7n)
    at.reclaim()
    at.user.backend.panfrost.madvise(at.fd, handle, DONTNEED)
    at.reclaim()
    expect(at.object(handle)).toMatchObject({ evicted: false, madv: -1, pages: null })
    const { firstMapping } = at.object(handle)
    expect(firstMapping && isAllocated(firstMapping)).toBe(false)
    expect(at.user.backend.memory.read(map, 0, 1)).toBe(RAISED_SIGBUS)
    expect(at.submit(handle)).toBe(-ERRNO.ENOMEM)
  })

  test('a pin and a vmap bring it back, and keep it', () => {
    const at = start({ patches: 'eviction', ...SWAP })
    const { handle } = filled(at, 8n)
    at.reclaim()
    const object = at.object(handle)
    expect(runToCompletion(object.pinPath())).toBe(0)
    expect(runToCompletion(object.pinPath())).toBe(0)
    expect(object).toMatchObject({ evicted: false, pinCount: 2, pagesUseCount: 3 })
    at.reclaim()
    expect(object.evicted).toBe(false)
    runToCompletion(object.unpinPath())
    runToCompletion(object.unpinPath())
    expect(object).toMatchObject({ pinCount: 0, pagesUseCount: 2 })
    at.reclaim()
    expect(object.evicted).toBe(true)
  })

  test('a heap is neither purged nor evicted, whatever is said of it', () => {
    const at = start({ patches: 'eviction', ...SWAP })
    const heap = newBo(at.user, at.fd, 2 * MIB, 3)
    expect(at.user.backend.panfrost.madvise(at.fd, heap, 0xffff_ffff)).toBe(1)
    expect(at.object(heap).madv).toBe(0)
  })

  test('what was evicted, unmapped and closed leaves nothing behind', () => {
    const at = start({ patches: 'eviction', ...SWAP })
    const before = at.machine.kernel.pages.freePages
    const { handle, map } = filled(at, 9n)
    at.reclaim()
    at.user.backend.memory.munmap(map)
    at.user.backend.drm.gemClose(at.fd, handle)
    expect(at.machine.kernel.pages.freePages).toBe(before)
    expect(at.machine.kernel.panfrost.objects.size).toBe(0)
    const { lruEvictable, lruEvicted, lruPinned } = at.shrinker
    expect([lruEvictable, lruEvicted, lruPinned].map(({ count }) => count)).toEqual([0, 0, 0])
  })
})
