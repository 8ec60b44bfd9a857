/** Rows: groups, their jobs, and heaps of the tiler. panthor_sched.c, panthor_heap.c, panthor_drv.c (7.2). */
import type { PanthorGroupRequest, PanthorQueueSubmit } from '../../backend/panthor-group.js'
import type { PanthorTilerHeapRequest } from '../../backend/panthor-calls.js'
import { group } from '../row.js'
import type { Trial } from '../trial.js'
import { GROUP, NO_HANDLE, newGroup, newVm, of72, SIGNAL, submitNothing, sync } from './panthor-scene.js'

const QUEUE = { priority: 0, ringbufSizeBytes: 4096 }
const JOB: PanthorQueueSubmit = {
  queueIndex: 0,
  streamSizeBytes: 0,
  streamGpuAddress: 0n,
  latestFlush: 0,
  syncs: [],
}
const HEAP: Omit<PanthorTilerHeapRequest, 'vmId'> = {
  initialChunkCount: 1,
  chunkSizeBytes: 1 << 17,
  maxChunks: 2,
  targetInFlight: 1,
}

const create = (t: Trial, vmId: number, rest: Partial<PanthorGroupRequest> = {}) =>
  t.answer(t.backend.panthor.groupCreate(t.panthor, { ...GROUP, vmId, ...rest }))
const submit = (t: Trial, handle: number, rest: Partial<PanthorQueueSubmit>) =>
  t.answer(t.backend.panthor.groupSubmit(t.panthor, handle, [{ ...JOB, ...rest }]))
const createHeap = (t: Trial, vmId: number, rest: Partial<PanthorTilerHeapRequest> = {}) =>
  t.answer(t.backend.panthor.tilerHeapCreate(t.panthor, { ...HEAP, vmId, ...rest }))

export const PANTHOR_GROUP_ROWS = group(
  'panthor-group',
  { source: 'drivers/gpu/drm/panthor/panthor_sched.c, panthor_heap.c (7.2)', needs: ['panthor'] },
  of72([
    {
      id: 'create-refused',
      name: 'GROUP_CREATE is EINVAL for no or too many queues, unknown cores, fewer cores than wanted, an unknown VM',
      run: (t) => {
        const vm = newVm(t)
        return [
          create(t, vm, { queues: [] }),
          create(t, vm, { queues: Array.from({ length: 33 }, () => QUEUE) }),
          create(t, vm, { priority: 4 }),
          create(t, vm, { computeCoreMask: 1n << 63n }),
          create(t, vm, { tilerCoreMask: 2n }),
          create(t, vm, { maxComputeCores: 2 }),
          create(t, NO_HANDLE),
        ]
      },
      expected: Array(7).fill('-EINVAL'),
    },
    {
      id: 'queue-refused',
      name: 'a ring buffer has a power of two from 4 KiB to 64 KiB, a queue a priority up to 15',
      run: (t) => {
        const vm = newVm(t)
        const queue = (rest: Partial<typeof QUEUE>) => create(t, vm, { queues: [{ ...QUEUE, ...rest }] })
        const sizes = [2048, 6000, 12_288, 131_072].map((ringbufSizeBytes) => queue({ ringbufSizeBytes }))
        return [...sizes, queue({ priority: 16 }), queue({ ringbufSizeBytes: 65_536, priority: 15 })]
      },
      expected: [...Array<string>(5).fill('-EINVAL'), 'object'],
    },
    {
      id: 'handles',
      name: 'groups have handles from 1; an unknown one is EINVAL for GROUP_DESTROY and GROUP_GET_STATE',
      run: (t) => {
        const { panthor } = t.backend
        const handle = newGroup(t, newVm(t))
        return [
          handle,
          t.must(panthor.groupGetState(t.panthor, handle)).state,
          t.answer(panthor.groupDestroy(t.panthor, handle)),
          t.answer(panthor.groupDestroy(t.panthor, handle)),
          t.answer(panthor.groupGetState(t.panthor, handle)),
        ]
      },
      expected: [1, 0, 0, '-EINVAL', '-EINVAL'],
    },
    {
      id: 'submit-refused',
      name: 'GROUP_SUBMIT is EINVAL for half a stream, one that is not aligned, an unknown queue or group, bits in the flush id',
      run: (t) => {
        const handle = newGroup(t, newVm(t))
        return [
          submit(t, handle, { streamSizeBytes: 8 }),
          submit(t, handle, { streamGpuAddress: 64n }),
          submit(t, handle, { streamSizeBytes: 8, streamGpuAddress: 32n }),
          submit(t, handle, { streamSizeBytes: 4, streamGpuAddress: 64n }),
          submit(t, handle, { latestFlush: 1 << 24 }),
          submit(t, handle, { queueIndex: 1 }),
          submit(t, NO_HANDLE, {}),
        ]
      },
      expected: Array(7).fill('-EINVAL'),
    },
    {
      id: 'submit-nothing',
      name: 'a job without a stream signals at once; no job at all is 0, whatever the group',
      run: (t) => {
        const handle = newGroup(t, newVm(t))
        const syncobj = t.must(t.backend.syncobj.create(t.panthor, 0)).handle
        const submitted = submitNothing(t, handle, [sync(SIGNAL, syncobj)])
        const later = t.backend.blocking.nowNs() + 10n ** 10n
        const waited = t.answer(t.backend.syncobj.wait(t.panthor, Uint32Array.of(syncobj), later, 0))
        return [submitted, waited, t.answer(t.backend.panthor.groupSubmit(t.panthor, NO_HANDLE, []))]
      },
      expected: [0, 'object', 0],
    },
    {
      id: 'group-keeps-vm',
      name: 'a group goes on when its address space is destroyed',
      run: (t) => {
        const vm = newVm(t)
        const handle = newGroup(t, vm)
        return [
          t.answer(t.backend.panthor.vmDestroy(t.panthor, vm)),
          t.must(t.backend.panthor.groupGetState(t.panthor, handle)).state,
          t.answer(t.backend.panthor.groupDestroy(t.panthor, handle)),
        ]
      },
      expected: [0, 0, 0],
    },
    {
      id: 'heap-refused',
      name: 'TILER_HEAP_CREATE is EINVAL for no or too many chunks, chunks of a wrong size, an unknown VM',
      run: (t) => {
        const vm = newVm(t)
        return [
          createHeap(t, vm, { initialChunkCount: 0 }),
          createHeap(t, vm, { initialChunkCount: 3 }),
          createHeap(t, vm, { chunkSizeBytes: 1 << 16 }),
          createHeap(t, vm, { chunkSizeBytes: 1 << 24 }),
          createHeap(t, vm, { chunkSizeBytes: (1 << 17) + 1 }),
          createHeap(t, NO_HANDLE),
        ]
      },
      expected: Array(6).fill('-EINVAL'),
    },
    {
      id: 'heap-handles',
      name: 'a heap has its address space and a number in its handle; destroyed twice it is EINVAL',
      run: (t) => {
        const { panthor } = t.backend
        const vm = newVm(t)
        const heaps = [0, 1].map(() => t.must(panthor.tilerHeapCreate(t.panthor, { ...HEAP, vmId: vm })))
        const [first, second] = heaps.map(({ handle }) => handle)
        const apart = (heaps[1]?.contextGpuAddress ?? 0n) - (heaps[0]?.contextGpuAddress ?? 0n)
        return [
          first === vm << 16,
          second === (vm << 16) + 1,
          Number(apart),
          t.answer(panthor.tilerHeapDestroy(t.panthor, first ?? 0)),
          t.answer(panthor.tilerHeapDestroy(t.panthor, first ?? 0)),
          t.answer(panthor.tilerHeapDestroy(t.panthor, NO_HANDLE << 16)),
        ]
      },
      expected: [true, true, 64, 0, '-EINVAL', '-EINVAL'],
    },
  ]),
)
