/** Rows: Panthor's address spaces. panthor_mmu.c, panthor_drv.c (7.2). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'
import { BO_BYTES, bindOne, GPU_ADDRESS, MAP, mapIn, NO_HANDLE, newBo, newVm, of72, operation, PAGE, SIGNAL, sync, SYNC_ONLY, UNMAP } from './panthor-scene.js' // prettier-ignore

const ASYNC = 1
const NOEXEC = 2
const SPARSE = 8

const newSyncobj = (t: Trial, flags = 0) => t.must(t.backend.syncobj.create(t.panthor, flags)).handle

export const PANTHOR_VM_ROWS = group(
  'panthor-vm',
  { source: 'drivers/gpu/drm/panthor/panthor_mmu.c, panthor_drv.c (7.2)', needs: ['panthor'] },
  of72([
    {
      id: 'ids',
      name: 'a file has address spaces 1 to 32; one more is EBUSY, and an id that is free is used again',
      run: (t) => {
        const { panthor } = t.backend
        const ids = Array.from({ length: 32 }, () => newVm(t))
        const more = t.answer(panthor.vmCreate(t.panthor, 0n))
        panthor.vmDestroy(t.panthor, 7)
        return [ids[0], ids[31], more, newVm(t)]
      },
      expected: [1, 32, '-EBUSY', 7],
    },
    {
      id: 'range',
      name: "VM_CREATE rounds the driver's own part down to a power of two, and refuses to have none",
      run: (t) => {
        const { panthor } = t.backend
        const { userVaRange } = t.must(panthor.vmCreate(t.panthor, 1n << 32n))
        return [userVaRange === 1n << 47n, t.answer(panthor.vmCreate(t.panthor, 1n << 48n))]
      },
      expected: [true, '-EINVAL'],
    },
    {
      id: 'unknown',
      name: 'VM_DESTROY, VM_GET_STATE and VM_BIND of an unknown address space are EINVAL',
      run: (t) => {
        const { panthor } = t.backend
        const vm = newVm(t)
        return [
          t.answer(panthor.vmDestroy(t.panthor, vm)),
          t.answer(panthor.vmDestroy(t.panthor, vm)),
          t.answer(panthor.vmGetState(t.panthor, vm)),
          mapIn(t, vm, newBo(t)),
        ]
      },
      expected: [0, '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'usable',
      name: 'a new address space is usable',
      run: (t) => t.must(t.backend.panthor.vmGetState(t.panthor, newVm(t))).state,
      expected: 0,
    },
    {
      id: 'bind-refused',
      name: 'VM_BIND is EINVAL for an unknown buffer, what is not aligned, out of range, of unknown type or flags',
      run: (t) => {
        const vm = newVm(t)
        const boHandle = newBo(t)
        return [
          operation(MAP, { boHandle: NO_HANDLE }),
          operation(MAP, { boHandle, gpuAddress: 1n }),
          operation(MAP, { boHandle, boOffset: 1n }),
          operation(MAP, { boHandle, sizeBytes: 100n }),
          operation(MAP, { boHandle, boOffset: PAGE }),
          operation(MAP, { boHandle, sizeBytes: BigInt(2 * BO_BYTES) }),
          operation(MAP, { boHandle, gpuAddress: 1n << 47n }),
          operation(MAP, { boHandle, gpuAddress: 2n ** 64n - PAGE }),
          operation(MAP | 16, { boHandle }),
          operation(0x3000_0000),
          operation(UNMAP, { boHandle }),
          operation(UNMAP, { boOffset: PAGE }),
          operation(UNMAP | 1),
          operation(SYNC_ONLY),
        ].map((wrong) => bindOne(t, vm, wrong))
      },
      expected: Array(14).fill('-EINVAL'),
    },
    {
      id: 'bind-which',
      name: 'VM_BIND tells which operation was refused; those before it stay done',
      run: (t) => {
        const vm = newVm(t)
        const good = operation(MAP, { boHandle: newBo(t) })
        const bad = operation(MAP, { boHandle: NO_HANDLE })
        const { result, failedOperation } = t.backend.panthor.vmBind(t.panthor, vm, 0, [good, good, bad])
        return [t.answer(result), failedOperation]
      },
      expected: ['-EINVAL', 2],
    },
    {
      id: 'bind-nothing',
      name: 'an operation of size 0 is done at once, whatever else it says, unless it has syncs',
      run: (t) => {
        const vm = newVm(t)
        const nothing = { sizeBytes: 0n, boHandle: NO_HANDLE, gpuAddress: 1n }
        const waits = [sync(0, NO_HANDLE)]
        return [
          bindOne(t, vm, operation(MAP, nothing)),
          bindOne(t, vm, operation(0x3000_0000, nothing)),
          bindOne(t, vm, operation(MAP, { ...nothing, syncs: waits })),
        ]
      },
      expected: [0, 0, '-EINVAL'],
    },
    {
      id: 'bind-over',
      name: 'a map replaces what was there, and an unmap may find nothing or a part',
      run: (t) => {
        const vm = newVm(t)
        const [first, second] = [newBo(t), newBo(t)]
        return [
          mapIn(t, vm, first),
          mapIn(t, vm, second, GPU_ADDRESS + PAGE),
          bindOne(t, vm, operation(UNMAP, { gpuAddress: GPU_ADDRESS + 8n * PAGE, sizeBytes: PAGE })),
          bindOne(t, vm, operation(UNMAP, { gpuAddress: 0x4000_0000n })),
          bindOne(t, vm, operation(UNMAP, { gpuAddress: 0n, sizeBytes: 1n << 30n })),
        ]
      },
      expected: [0, 0, 0, 0, 0],
    },
    {
      id: 'bind-sparse',
      name: 'a sparse map has no buffer and may not be executable; it can be larger than any buffer',
      run: (t) => {
        const vm = newVm(t)
        const sizeBytes = 1n << 23n
        return [
          bindOne(t, vm, operation(SPARSE | NOEXEC, { gpuAddress: 0x1000_0000n, sizeBytes })),
          bindOne(t, vm, operation(SPARSE, { gpuAddress: 0x1000_0000n })),
          bindOne(t, vm, operation(SPARSE | NOEXEC, { boHandle: newBo(t) })),
          bindOne(t, vm, operation(SPARSE | NOEXEC, { boOffset: PAGE })),
        ]
      },
      expected: [0, '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'bind-later',
      name: 'VM_BIND on the queue signals a syncobj when it is done, also when it does nothing else',
      needs: ['fdinfo'],
      run: (t) => {
        const vm = newVm(t)
        const handle = newSyncobj(t)
        const syncs = [sync(SIGNAL, handle)]
        const wait = () => {
          const later = t.backend.blocking.nowNs() + 10n ** 10n
          return t.answer(t.backend.syncobj.wait(t.panthor, Uint32Array.of(handle), later, 0))
        }
        const bound = bindOne(t, vm, operation(MAP, { boHandle: newBo(t), syncs }), ASYNC)
        const first = wait()
        const empty = operation(SYNC_ONLY, { gpuAddress: 0n, sizeBytes: 0n, syncs })
        return [bound, first, bindOne(t, vm, empty, ASYNC), wait()]
      },
      expected: [0, 'object', 0, 'object'],
    },
    {
      id: 'bind-later-refused',
      name: 'VM_BIND on the queue refuses at once what it could not do, and what it could not wait for or signal',
      run: (t) => {
        const vm = newVm(t)
        const boHandle = newBo(t)
        const syncobj = newSyncobj(t)
        const with1 = (...syncs: ReturnType<typeof sync>[]) =>
          bindOne(t, vm, operation(MAP, { boHandle, syncs }), ASYNC)
        return [
          bindOne(t, vm, operation(MAP, { boHandle: NO_HANDLE }), ASYNC),
          with1(sync(0, NO_HANDLE)),
          with1(sync(0, syncobj)),
          with1(sync(SIGNAL, syncobj, 5n)),
          with1(sync(2, syncobj)),
          with1(sync(0x100, syncobj)),
        ]
      },
      expected: ['-EINVAL', '-ENOENT', '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'bind-signal-unknown',
      name: 'VM_BIND on the queue that is to signal an unknown syncobj is EINVAL',
      onlyWhenAsked:
        'Linux 7.2 ends the thread in panthor_sync_signal_free() instead, which puts a syncobj that is NULL',
      run: (t) => {
        const syncs = [sync(SIGNAL, NO_HANDLE)]
        return bindOne(t, newVm(t), operation(MAP, { boHandle: newBo(t), syncs }), ASYNC)
      },
      expected: '-EINVAL',
    },
  ]),
)
