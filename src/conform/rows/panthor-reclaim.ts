/** Rows: what Panthor's shrinker takes, and that it comes back whole. panthor_gem.c, panthor_mmu.c (7.2). */
import { group } from '../row.js'
import { attachToVgem, BO_BYTES, filledBo, importFromVgem, isWhole, mapIn, newBo, newGroup, newVm, of72, residentBos, submitNothing } from './panthor-scene.js' // prettier-ignore

const NO_MMAP = 1

export const PANTHOR_RECLAIM_ROWS = group(
  'panthor-reclaim',
  {
    source: 'drivers/gpu/drm/panthor/panthor_gem.c panthor_gem_shrinker_scan() (7.2)',
    needs: ['panthor', 'purge', 'fdinfo'],
  },
  of72([
    {
      id: 'none-without-swap',
      name: 'without swap nothing is taken, used or not',
      needs: ['no-swap'],
      run: async (t) => {
        filledBo(t, 1n)
        mapIn(t, newVm(t), newBo(t))
        await t.purge()
        return residentBos(t)
      },
      expected: 2,
    },
    {
      id: 'mapped-by-the-cpu',
      name: 'a buffer that the CPU maps is taken, and a touch brings all of it back as it was',
      needs: ['swap'],
      run: async (t) => {
        const { map } = filledBo(t, 5n)
        await t.purge()
        const taken = residentBos(t)
        return [taken, isWhole(t, map, 5n), residentBos(t)]
      },
      expected: [0, true, 1],
    },
    {
      id: 'unused',
      name: 'a buffer that nobody maps is taken, and is as it was when it is mapped again',
      needs: ['swap'],
      run: async (t) => {
        const { handle, map } = filledBo(t, 6n)
        t.backend.memory.munmap(map)
        await t.purge()
        const taken = residentBos(t)
        const { offset } = t.must(t.backend.panthor.boMmapOffset(t.panthor, handle))
        return [taken, isWhole(t, t.keep(t.backend.memory.mmap(t.panthor, offset, BO_BYTES)), 6n)]
      },
      expected: [0, true],
    },
    {
      id: 'mapped-by-the-gpu',
      name: 'buffers that one address space maps, that several map, and that are of one alone are taken',
      needs: ['swap'],
      run: async (t) => {
        const [first, second] = [newVm(t), newVm(t)]
        const shared = newBo(t, BO_BYTES, NO_MMAP)
        mapIn(t, first, shared)
        mapIn(t, second, shared)
        mapIn(t, first, newBo(t), 0x80_0000n)
        mapIn(t, first, newBo(t, BO_BYTES, 0, first), 0x100_0000n)
        const before = residentBos(t)
        await t.purge()
        return [before, residentBos(t)]
      },
      expected: [3, 0],
    },
    {
      id: 'submit-brings-back',
      name: 'a job brings back all that its address space maps, and nothing else, as it was',
      needs: ['swap'],
      run: async (t) => {
        const [vm, other] = [newVm(t), newVm(t)]
        const job = newGroup(t, vm)
        const bound = [1n, 2n].map((seed) => {
          const { handle, map } = filledBo(t, seed)
          mapIn(t, vm, handle, seed << 24n)
          return map
        })
        mapIn(t, other, filledBo(t, 3n).handle)
        filledBo(t, 4n)
        await t.purge()
        const taken = residentBos(t)
        const submitted = submitNothing(t, job)
        const back = residentBos(t)
        return [taken, submitted, back, bound.map((map, i) => isWhole(t, map, BigInt(i + 1)))]
      },
      expected: [0, 0, 2, [true, true]],
    },
    {
      id: 'bind-brings-back',
      name: 'VM_BIND brings back what it maps',
      needs: ['swap'],
      run: async (t) => {
        const { handle } = filledBo(t, 1n)
        await t.purge()
        const taken = residentBos(t)
        return [taken, mapIn(t, newVm(t), handle), residentBos(t)]
      },
      expected: [0, 0, 1],
    },
    {
      id: 'taken-again',
      name: 'what came back is taken again, each time whole',
      needs: ['swap'],
      run: async (t) => {
        const { map } = filledBo(t, 9n)
        const seen: unknown[] = []
        for (let i = 0; i < 3; i++) {
          await t.purge()
          seen.push(residentBos(t), isWhole(t, map, 9n))
        }
        return seen
      },
      expected: [0, true, 0, true, 0, true],
    },
    {
      id: 'exported',
      name: 'a buffer that is only exported is taken',
      needs: ['swap'],
      run: async (t) => {
        t.keepFd(t.backend.drm.primeHandleToFd(t.panthor, filledBo(t, 1n).handle, 0))
        await t.purge()
        return residentBos(t)
      },
      expected: 0,
    },
    {
      id: 'attached',
      name: 'a buffer that another device uses is not taken',
      needs: ['swap', 'vgem'],
      run: async (t) => {
        attachToVgem(t, filledBo(t, 1n).handle)
        await t.purge()
        return residentBos(t)
      },
      expected: 1,
    },
    {
      id: 'imported',
      name: "another device's buffer is not taken",
      needs: ['swap', 'vgem'],
      run: async (t) => {
        mapIn(t, newVm(t), importFromVgem(t))
        await t.purge()
        return residentBos(t)
      },
      expected: 1,
    },
  ]),
)
