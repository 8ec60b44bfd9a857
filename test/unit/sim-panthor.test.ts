import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { SHRINK_EMPTY, SHRINK_STOP } from '../../src/sim/mm/shrinker.js'
import { BO_BYTES, BO_PAGES, PanthorScene, SWAP } from './panthor-scene.js'
import { hog, MIB, taken } from './sim-machine.js'

let scene: PanthorScene

beforeEach(() => {
  scene = new PanthorScene({ swap: SWAP })
})
afterEach(() => scene.kernel.checkInvariants())

describe('the reclaim state of a buffer', () => {
  test('without pages is that there is nothing to reclaim, mapped or not', () => {
    const handle = scene.bo()
    scene.map(handle)
    expect(scene.state(handle)).toBe('UNRECLAIMABLE')
    expect(scene.object(handle).file.residentPages).toBe(0)
  })

  test('follows a CPU mapping: all pages at the first touch, and they stay', () => {
    const handle = scene.bo()
    const map = scene.map(handle)
    expect(scene.memory.write(map, 0, Uint8Array.of(1))).toBe(0)
    expect(scene.state(handle)).toBe('MMAPPED')
    expect(scene.object(handle).file.residentPages).toBe(BO_PAGES)
    scene.memory.munmap(map)
    expect(scene.state(handle)).toBe('UNUSED')
    expect(scene.object(handle).file.residentPages).toBe(BO_PAGES)
  })

  test('follows address spaces: one, two, one, none', () => {
    const [first, second] = [scene.vm(), scene.vm()]
    const handle = scene.bo()
    expect(scene.bind(first, handle)).toBe(0)
    expect(scene.state(handle)).toBe('GPU_MAPPED_SINGLE_VM')
    expect(scene.bind(second, handle)).toBe(0)
    expect(scene.state(handle)).toBe('GPU_MAPPED_MULTI_VM')
    expect(scene.kernel.panthor.reclaim.gpuMappedCount).toBe(BO_PAGES)
    expect(scene.unbind(first)).toBe(0)
    expect(scene.state(handle)).toBe('GPU_MAPPED_SINGLE_VM')
    expect(scene.unbind(second)).toBe(0)
    expect(scene.state(handle)).toBe('UNUSED')
    expect(scene.kernel.panthor.reclaim.gpuMappedCount).toBe(0)
  })

  test('is GPU_MAPPED as long as any part of it is', () => {
    const vm = scene.vm()
    const handle = scene.bo()
    scene.bind(vm, handle)
    const middle = scene.operation(0x1000_0000, { gpuAddress: 0x10_4000n, sizeBytes: 4096n })
    expect(scene.panthor.vmBind(scene.fd, vm, 0, [middle]).result).toBe(0)
    expect(scene.state(handle)).toBe('GPU_MAPPED_SINGLE_VM')
    scene.unbind(vm)
    expect(scene.state(handle)).toBe('UNUSED')
  })

  test('is UNRECLAIMABLE while another device uses it, but not for being exported', () => {
    const { handle } = scene.filled(1n)
    const { drm } = scene.actor.backend
    const dmaBuf = drm.primeHandleToFd(scene.fd, handle, 0)
    expect(scene.state(handle)).toBe('MMAPPED')
    const vgem = drm.open('/dev/dri/renderD129')
    const imported = drm.primeFdToHandle(vgem, dmaBuf)
    expect(imported).toBeGreaterThan(0)
    expect(scene.state(handle)).toBe('UNRECLAIMABLE')
    drm.close(dmaBuf)
    drm.gemClose(vgem, imported)
    expect(scene.state(handle)).toBe('MMAPPED')
  })

  test('ends with the end of its address space, and of the file', () => {
    const vm = scene.vm()
    const handle = scene.bo()
    scene.bind(vm, handle)
    expect(scene.panthor.vmDestroy(scene.fd, vm)).toBe(0)
    expect(scene.state(handle)).toBe('UNUSED')
    scene.bind(scene.vm(), handle)
    scene.actor.backend.drm.close(scene.fd)
    expect([...scene.kernel.panthor.objects]).toEqual([])
    expect(scene.kernel.panthor.reclaim.gpuMappedCount).toBe(0)
    expect(scene.kernel.pages.used('shmem')).toBe(0)
  })
})

describe('eviction', () => {
  test('needs swap: without it nothing is counted, and a scan stops at once', () => {
    const bare = new PanthorScene()
    const { handle } = bare.filled(1n)
    expect(bare.count()).toBe(0)
    expect(bare.scan(1000)).toBe(SHRINK_STOP)
    bare.dropSlab()
    expect(bare.isEvicted(handle)).toBe(false)
    expect(scene.count()).toBe(SHRINK_EMPTY)
  })

  test('takes the unused first, then the mapped, then those of the GPU', () => {
    const [first, second] = [scene.vm(), scene.vm()]
    const shared = scene.bo()
    scene.bind(first, shared)
    scene.bind(second, shared)
    const privateOne = scene.bo()
    scene.bind(first, privateOne, 0x80_0000n)
    const mapped = scene.filled(1n).handle
    const unused = scene.filled(2n)
    scene.memory.munmap(unused.map)
    const order = [unused.handle, mapped, privateOne, shared]
    order.forEach((_, taken) => {
      expect(order.map((handle) => scene.isEvicted(handle))).toEqual(order.map((_, i) => i < taken))
      expect(scene.scan(1)).toBe(BO_PAGES)
    })
    expect(order.every((handle) => scene.isEvicted(handle))).toBe(true)
    expect(scene.scan(1)).toBe(SHRINK_STOP)
  })

  test('of one list goes by age, whole buffers until there is enough', () => {
    const handles = [1n, 2n, 3n].map((seed) => scene.filled(seed).handle)
    expect(scene.scan(BO_PAGES + 1)).toBe(2 * BO_PAGES)
    expect(handles.map((handle) => scene.isEvicted(handle))).toEqual([true, true, false])
  })

  test('leaves what the GPU maps to who may block', () => {
    scene.bind(scene.vm(), scene.bo())
    expect(scene.count(true)).toBe(BO_PAGES)
    expect(scene.count(false)).toBe(SHRINK_EMPTY)
  })

  test('takes the address space that was mapped into last first, and one with a job last', () => {
    const vms = [scene.vm(), scene.vm(), scene.vm()]
    const handles = vms.map((vm) => {
      const handle = scene.bo()
      scene.bind(vm, handle)
      return handle
    })
    // The newest one is first in the list; its job makes it the last.
    expect(scene.submit(scene.group(vms[2] ?? 0))).toBe(0)
    scene.machine.nowNs += 1e9
    const evicted = [0, 1, 2].map(() => {
      scene.scan(1)
      return handles.filter((handle) => scene.isEvicted(handle)).length
    })
    expect(evicted).toEqual([1, 2, 3])
    expect(handles.map((handle) => scene.object(handle).reclaimedCount)).toEqual([1, 1, 1])
  })

  test('hands pages to shmem, which swaps them out; all of it comes back with a touch', () => {
    const { handle, map } = scene.filled(7n)
    expect(scene.dropSlab()).toBe(0)
    expect(scene.isEvicted(handle)).toBe(true)
    // Evicted, and still there: nobody needed the memory so far.
    expect(scene.object(handle).file.residentPages).toBe(BO_PAGES)
    scene.memory.munmap(hog(scene.actor, 60 * MIB))
    expect(scene.object(handle).file.swappedPages).toBeGreaterThan(0)
    expect(scene.verify(map, 7n)).toBe(true)
    expect(scene.object(handle).file.swappedPages).toBe(0)
    expect(scene.state(handle)).toBe('MMAPPED')
    expect(scene.object(handle).reclaimedCount).toBe(1)
  })

  test('is undone for all buffers of an address space by its next job, used or not', () => {
    const vm = scene.vm()
    const group = scene.group(vm)
    const handles = [0n, 1n, 2n].map((seed) => {
      const { handle } = scene.filled(seed)
      scene.bind(vm, handle, 0x10_0000n + seed * BigInt(BO_BYTES))
      return handle
    })
    const shared = handles[0] ?? 0
    const other = scene.vm()
    scene.bind(other, shared)
    scene.dropSlab()
    expect(handles.every((handle) => scene.isEvicted(handle))).toBe(true)
    expect(scene.submit(group)).toBe(0)
    // The other address space still waits for a job of its own.
    expect(handles.map((handle) => scene.state(handle))).toEqual(Array(3).fill('GPU_MAPPED_SINGLE_VM'))
    expect(scene.submit(scene.group(other))).toBe(0)
    expect(scene.state(shared)).toBe('GPU_MAPPED_MULTI_VM')
  })

  test('of a buffer that is bound anew leaves it MMAPPED until the job that maps the old part again', () => {
    const vm = scene.vm()
    const { handle } = scene.filled(1n)
    scene.bind(vm, handle)
    scene.dropSlab()
    expect(scene.bind(vm, handle, 0x80_0000n)).toBe(0)
    expect(scene.state(handle)).toBe('MMAPPED')
    expect(scene.scan(1)).toBe(BO_PAGES)
    expect(scene.submit(scene.group(vm))).toBe(0)
    expect(scene.state(handle)).toBe('GPU_MAPPED_SINGLE_VM')
  })

  test('waits for jobs, but not for long: a busy buffer stays, and the scan gives up the second time', () => {
    const busy = new PanthorScene({ swap: SWAP, gpuJobNs: Infinity })
    const vm = busy.vm()
    const handle = busy.bo()
    busy.bind(vm, handle)
    expect(busy.submit(busy.group(vm))).toBe(0)
    expect(busy.scan(1)).toBe(0)
    expect(busy.scan(1)).toBe(SHRINK_STOP)
    expect(busy.isEvicted(handle)).toBe(false)
    // The group is stopped after five seconds, and what it used is idle.
    busy.machine.nowNs += 6e9
    expect(busy.scan(1)).toBe(BO_PAGES)
  })

  test('shows in debugfs, where a scan can be asked for', () => {
    const { handle } = scene.filled(1n)
    scene.panthor.boSetLabel(scene.fd, handle, 'a buffer')
    const folder = '/sys/kernel/debug/dri/fb000000.gpu'
    const line = () =>
      scene.machine
        .read(scene.actor, `${folder}/gems`)
        .split('\n')
        .find((each) => each.includes('a buffer'))
    expect(line()?.trim().split(/\s+/).slice(3, 6)).toEqual(['0', String(BO_BYTES), String(BO_BYTES)])
    expect(scene.machine.write(scene.actor, `${folder}/shrink`, '1')).toBe(0)
    expect(scene.machine.read(scene.actor, `${folder}/shrink`)).toBe('0x00000010\n')
    expect(line()?.trim().split(/\s+/).slice(3, 6)).toEqual(['1', String(BO_BYTES), '0'])
    expect(line()).toMatch(/ 0x4 +0x0 +a buffer$/)
  })
})

describe('requests', () => {
  const { EINVAL, ENOENT, EPERM, E2BIG, EBUSY } = ERRNO

  test('VM_BIND is EINVAL for nearly everything, and tells which operation it was', () => {
    const [vm, other] = [scene.vm(), scene.vm()]
    const own = scene.bo(BO_BYTES, 0, other)
    const handle = scene.bo()
    const wrong = [
      scene.operation(0, { boHandle: 999 }),
      scene.operation(0, { boHandle: handle, gpuAddress: 1n }),
      scene.operation(0, { boHandle: handle, sizeBytes: BigInt(BO_BYTES + 4096) }),
      scene.operation(0, { boHandle: handle, boOffset: 4096n }),
      scene.operation(0, { boHandle: handle, gpuAddress: 1n << 47n }),
      scene.operation(16, { boHandle: handle }),
      scene.operation(0, { boHandle: own }),
      scene.operation(0x1000_0000, { boHandle: handle }),
      scene.operation(0x3000_0000),
      scene.operation(8),
    ]
    for (const operation of wrong) {
      const good = scene.operation(0, { boHandle: handle, gpuAddress: 0x100_0000n })
      const answer = scene.panthor.vmBind(scene.fd, vm, 0, [good, operation])
      expect(answer).toEqual({ result: -EINVAL, failedOperation: 1 })
    }
    expect(scene.panthor.vmBind(scene.fd, vm, 0, [scene.operation(8 | 2)]).result).toBe(0)
    expect(scene.panthor.vmBind(scene.fd, 77, 0, [])).toEqual({ result: -EINVAL })
  })

  test('VM_BIND on the queue signals when it is done, after what it waits for', () => {
    const vm = scene.vm()
    const handle = scene.bo()
    const { syncobj } = scene.actor.backend
    const [before, after] = [0, 0].map(() => taken(syncobj.create(scene.fd, 0)).handle)
    const wait = { flags: 0, handle: before ?? 0, timelineValue: 0n }
    const signal = { flags: 0x8000_0000, handle: after ?? 0, timelineValue: 0n }
    const bind = () =>
      scene.panthor.vmBind(scene.fd, vm, 1, [
        scene.operation(0, { boHandle: handle, gpuAddress: 0x10_0000n, syncs: [wait, signal] }),
      ]).result
    expect(bind()).toBe(-EINVAL)
    expect(syncobj.signal(scene.fd, Uint32Array.of(before ?? 0))).toBe(0)
    expect(bind()).toBe(0)
    expect(taken(syncobj.wait(scene.fd, Uint32Array.of(after ?? 0), 1n << 40n, 0)).firstSignaled).toBe(0)
    expect(scene.state(handle)).toBe('GPU_MAPPED_SINGLE_VM')
  })

  test('buffers of one VM share its reservation, and cannot be exported', () => {
    const vm = scene.vm()
    const handle = scene.bo(BO_BYTES, 0, vm)
    expect(scene.actor.backend.drm.primeHandleToFd(scene.fd, handle, 0)).toBe(-EINVAL)
    expect(scene.bind(vm, handle)).toBe(0)
    expect(scene.scan(1)).toBe(BO_PAGES)
    expect(scene.submit(scene.group(vm))).toBe(0)
    expect(scene.state(handle)).toBe('GPU_MAPPED_SINGLE_VM')
  })

  test('BO_CREATE, BO_MMAP_OFFSET and BO_SET_LABEL refuse as the driver does', () => {
    const { panthor, fd } = scene
    for (const [size, flags, vm] of [
      [0n, 0, 0],
      [4096n, 3, 0],
      [4096n, 4, 0],
      [4096n, 0, 9],
    ] as const)
      // prettier-ignore
      expect(panthor.boCreate(fd, size, flags, vm)).toBe(-EINVAL)
    expect(panthor.boMmapOffset(fd, 99)).toBe(-ENOENT)
    expect(panthor.boMmapOffset(fd, scene.bo(4096, 1))).toBe(-EPERM)
    expect(panthor.boSetLabel(fd, scene.bo(), 'x'.repeat(4096))).toBe(-E2BIG)
  })

  test('a file has 32 address spaces at most', () => {
    const made = Array.from({ length: 33 }, () => scene.panthor.vmCreate(scene.fd, 0n))
    expect(made.filter((answer) => typeof answer === 'object')).toHaveLength(32)
    expect(made[32]).toBe(-EBUSY)
    expect(scene.panthor.vmCreate(scene.fd, 1n << 48n)).toBe(-EINVAL)
    expect(taken(scene.panthor.vmCreate(scene.actor.backend.drm.open('/dev/dri/card0'), 1n << 32n)).userVaRange).toBe(1n << 47n) // prettier-ignore
  })

  test('a group that timed out takes no more jobs', () => {
    const hung = new PanthorScene({ gpuJobNs: Infinity })
    const group = hung.group(hung.vm())
    const syncobj = taken(hung.actor.backend.syncobj.create(hung.fd, 0)).handle
    expect(hung.submit(group, 8, [{ flags: 0x8000_0000, handle: syncobj, timelineValue: 0n }])).toBe(0)
    expect(taken(hung.panthor.groupGetState(hung.fd, group)).state).toBe(0)
    hung.machine.nowNs += 6e9
    expect(taken(hung.panthor.groupGetState(hung.fd, group)).state).toBe(1)
    expect(hung.submit(group)).toBe(-EINVAL)
    expect(hung.panthor.groupDestroy(hung.fd, group)).toBe(0)
    expect(hung.panthor.groupDestroy(hung.fd, group)).toBe(-EINVAL)
  })

  test('chunks of a heap are evicted and come back; its contexts are pinned', () => {
    const vm = scene.vm()
    const heap = taken(
      scene.panthor.tilerHeapCreate(scene.fd, {
        vmId: vm,
        initialChunkCount: 2,
        chunkSizeBytes: 1 << 18,
        maxChunks: 4,
        targetInFlight: 1,
      }),
    )
    const reclaimable = scene.kernel.panthor.reclaim
    expect(reclaimable.gpuMappedCount).toBe(128)
    expect(scene.scan(1000)).toBe(128)
    expect(scene.submit(scene.group(vm))).toBe(0)
    expect(reclaimable.gpuMappedCount).toBe(128)
    expect(scene.panthor.tilerHeapDestroy(scene.fd, heap.handle)).toBe(0)
    expect(reclaimable.gpuMappedCount).toBe(0)
  })
})
