/** Swap for the time of a run: nothing of it is left, whatever goes wrong, and after kill -9 the next start removes it. */
import { describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { KernelFiles } from '../../src/board/kernel-files.js'
import { createMemoryState, StateStoreError } from '../../src/board/state-store.js'
import { addZramSwap, removeZramLeftovers } from '../../src/pressure/zram-swap.js'
import { stress } from './lying-board.js'

const ownStat = (start: number) => `42 (node) S ${'0 '.repeat(18)}${start} 0`

/** A machine whose zram is a module, with one device that is somebody else's. */
function place({ hasZram = true, mkswap = undefined as string | undefined } = {}) {
  const state = createMemoryState()
  const devices = new Map([[0, '1073741824']])
  const swaps = new Set(['/dev/zram0'])
  const machine = { start: 7, isLoaded: false, log: [] as string[] }
  const files: KernelFiles = {
    read(path) {
      if (path.endsWith('/stat')) return Promise.resolve(ownStat(machine.start))
      if (path === '/proc/swaps')
        return Promise.resolve(`Filename Type\n${[...swaps].map((each) => `${each} partition`).join('\n')}\n`)
      const [, device] = /^\/sys\/block\/zram(\d+)\/disksize$/.exec(path) ?? []
      if (device !== undefined) return Promise.resolve(devices.get(Number(device)) ?? -ERRNO.ENOENT)
      if (path !== '/sys/class/zram-control/hot_add' || !machine.isLoaded)
        return Promise.resolve(-ERRNO.ENOENT)
      devices.set(devices.size, '0')
      return Promise.resolve(`${devices.size - 1}\n`)
    },
    write(path, text) {
      machine.log.push(`${path} ${text} ${state.list().length}`)
      const [, sized] = /zram(\d+)\/disksize$/.exec(path) ?? []
      if (sized !== undefined) devices.set(Number(sized), text)
      if (path.endsWith('hot_remove')) {
        if (swaps.has(`/dev/zram${text}`)) return Promise.resolve(-ERRNO.EBUSY)
        devices.delete(Number(text))
      }
      return Promise.resolve(0)
    },
    list(path) {
      if (path === '/sys/block') return Promise.resolve([...devices.keys()].map((each) => `zram${each}`))
      const number = Number(/zram(\d+)$/.exec(path)?.[1] ?? -1)
      const isThere = path === '/sys/class/zram-control' ? machine.isLoaded : devices.has(number)
      return Promise.resolve(isThere ? [] : -ERRNO.ENOENT)
    },
    makeDirectory: () => Promise.resolve(0),
    removeDirectory: () => Promise.resolve(0),
  }
  const swap = {
    loadZram: () => Promise.resolve((machine.isLoaded = hasZram) ? undefined : 'modprobe: not found'),
    start: (device: string) => {
      if (mkswap === undefined) swaps.add(device)
      return Promise.resolve(mkswap)
    },
    stop: (device: string) => Promise.resolve(swaps.delete(device) ? undefined : 'not swap'),
  }
  return { files, state, swap, devices, swaps, machine }
}

describe('swap for a run', () => {
  test('is a device of its own, written down before it is used, and goes again', async () => {
    const there = place()
    const swap = await addZramSwap(there, 100)
    if ('reason' in swap) throw new Error(swap.reason)
    expect(swap.device).toBe('/dev/zram1')
    expect([...there.swaps]).toEqual(['/dev/zram0', '/dev/zram1'])
    expect(there.machine.log).toEqual(['/sys/block/zram1/disksize 1048576 1'])
    expect(await swap.remove()).toBeUndefined()
    expect([[...there.swaps], [...there.devices.keys()], there.state.list()]).toEqual([
      ['/dev/zram0'],
      [0],
      [],
    ])
  })

  test('is removed by the next start when its maker was killed, and not before', async () => {
    const there = place()
    await addZramSwap(there, 1)
    expect(await removeZramLeftovers(there)).toEqual([])
    there.machine.start = 8
    expect(await removeZramLeftovers(there)).toEqual(['/dev/zram1'])
    expect([[...there.swaps], [...there.devices.keys()], there.state.list()]).toEqual([
      ['/dev/zram0'],
      [0],
      [],
    ])
  })

  test('that was added and not yet written down is removed by the next start, and no device of others', async () => {
    const there = place()
    there.machine.isLoaded = true
    there.state.write('gemrig-42-6-zram', 'zram besides 0')
    there.devices.set(1, '0').set(2, '4096')
    expect(await removeZramLeftovers(there)).toEqual(['/dev/zram1'])
    expect([[...there.devices.keys()], there.state.list()]).toEqual([[0, 2], []])
  })

  test.each([1, 2])('is not added, or removed, where the note number %d cannot be kept', async (last) => {
    const there = place()
    let notes = 0
    const write: typeof there.state.write = (name, text) => {
      if (++notes === last) throw new StateStoreError('EROFS', 'no')
      there.state.write(name, text)
    }
    await expect(addZramSwap({ ...there, state: { ...there.state, write } }, 1)).rejects.toThrow(
      StateStoreError,
    )
    expect([[...there.devices.keys()], there.state.list()]).toEqual([[0], []])
  })

  test('stays written down when the kernel does not let go of it', async () => {
    const there = place()
    const swap = await addZramSwap(there, 1)
    if ('reason' in swap) throw new Error(swap.reason)
    there.swap.stop = () => Promise.resolve('swapoff: Cannot allocate memory')
    expect(await swap.remove()).toBe('swapoff: Cannot allocate memory')
    expect(there.state.list()).toHaveLength(1)
  })

  test.each([
    [{ hasZram: false }, /^there is no zram \(CONFIG_ZRAM\): modprobe: not found$/],
    [{ mkswap: 'mkswap: no' }, /^\/dev\/zram1 does not become swap: mkswap: no$/],
  ])('of a machine with %o is refused, and nothing is left', async (options, reason) => {
    const there = place(options)
    expect(await addZramSwap(there, 1)).toEqual({ reason: expect.stringMatching(reason) as string })
    expect([[...there.devices.keys()], there.state.list()]).toEqual([[0], []])
  })

  test('of a machine in use is refused before anything is done, unless it may be disturbed', async () => {
    const there = place()
    const board = { ...createFakeBoard(), expendable: false, swap: there.swap }
    await expect(stress(board, {}, { swapBytes: 1 })).rejects.toThrow(/--allow-disruptive/)
    expect(there.machine.isLoaded).toBe(false)
    await expect(stress(board, {}, { swapBytes: 1, allowDisruptive: true })).rejects.toThrow(
      /hot_add|no zram/,
    )
    expect(there.machine.isLoaded).toBe(true)
  })
})
