/** The end of a run undoes all that can be undone, and tells what stays. */
import { describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { StressEvent } from '../../src/events/stress-event.js'
import { KernelFileError } from '../../src/observe/read.js'
import { CleanUps, type LeftBehind } from '../../src/pressure/clean-ups.js'
import { stress } from './lying-board.js'

describe('clean-ups', () => {
  const make = () => {
    const board = createFakeBoard()
    const left: LeftBehind[] = []
    return { board, left, cleanUps: new CleanUps(board.clock, (each) => left.push(each)) }
  }

  test('are all made, the last first, whatever comes of one; refusals of the kernel are told', async () => {
    const { left, cleanUps } = make()
    const done: string[] = []
    const value = await cleanUps.after(() => {
      cleanUps.add('a', () => Promise.resolve(void done.push('a')))
      cleanUps.add('b', () => Promise.reject(new KernelFileError('/b', 'write', -ERRNO.EPERM)))
      cleanUps.add('c', () => Promise.resolve('swapoff: no memory'))
      cleanUps.add('d', () => Promise.resolve(void done.push('d')))
      return Promise.resolve(7)
    })
    expect([value, done]).toEqual([7, ['d', 'a']])
    expect(left).toEqual([
      { what: 'c', reason: 'swapoff: no memory' },
      { what: 'b', reason: 'cannot write /b: EPERM' },
    ])
  })

  test('leave the error of the work the first, and throw another one of theirs when it did well', async () => {
    const { left, cleanUps } = make()
    const work = (outcome: Promise<unknown>) =>
      cleanUps.after(() => {
        cleanUps.add('a', () => Promise.reject(new TypeError('of the clean-up')))
        return outcome
      })
    await expect(work(Promise.reject(new Error('of the work')))).rejects.toThrow('of the work')
    await expect(work(Promise.resolve())).rejects.toThrow('of the clean-up')
    expect(left).toHaveLength(2)
  })

  test('do not wait for ever', async () => {
    const { board, left, cleanUps } = make()
    const never = new Promise(() => undefined)
    await board.run(() =>
      cleanUps.after(() => {
        cleanUps.add('a', () => never)
        return Promise.resolve()
      }),
    )
    expect(left).toMatchObject([{ what: 'a', silentMs: 180_000 }])
  })
})

const leftOf = (events: readonly StressEvent[]) => events.filter((event) => event.type === 'left-behind')

describe('a run', () => {
  test('whose setting cannot be put back removes all else, and ends its log', async () => {
    const board = createFakeBoard({ seed: 1, release: '7.2' })
    const usual = await board.files.read('/proc/self/oom_score_adj')
    const NODES = '/sys/devices/system/node'
    const { files } = board
    const events: StressEvent[] = []
    const refusing: typeof files = {
      ...files,
      list: async (path) => {
        if (path === NODES) return ['node0']
        return path === `${NODES}/node0` ? ['reclaim'] : files.list(path)
      },
      write: async (path, text) => {
        if (path === `${NODES}/node0/reclaim`) return 0
        if (path === '/proc/sys/vm/min_slab_ratio' && text !== '0') return -ERRNO.EPERM
        return files.write(path, text)
      },
    }
    const run = stress(
      { ...board, files: refusing },
      { pressure: ['node-reclaim'] },
      {
        emit: (event) => events.push(event),
      },
    )
    await expect(run).rejects.toThrow(/min_slab_ratio: EPERM/)
    expect(await files.list('/sys/fs/cgroup')).not.toContainEqual(expect.stringMatching(/^gemrig/))
    expect(await files.read('/proc/self/oom_score_adj')).toBe(usual)
    expect(events.filter(({ type }) => type === 'kernel-log-end')).toHaveLength(1)
    expect(leftOf(events)).toMatchObject([
      { what: 'settings of the machine', reason: 'cannot write /proc/sys/vm/min_slab_ratio: EPERM' },
    ])
  })

  /** The fake board with a zram that can be added, and swapped to. */
  const withZram = (swapOff: string | undefined, refusedRead?: string) => {
    const board = createFakeBoard({ seed: 1 })
    const zram = { isThere: false, isOn: false }
    const { files } = board
    const zramFiles: typeof files = {
      ...files,
      list: async (path) => {
        if (path === '/sys/class/zram-control') return ['hot_add']
        if (path === '/sys/block') return zram.isThere ? ['zram1'] : []
        if (path === '/sys/block/zram1') return zram.isThere ? ['disksize'] : -ERRNO.ENOENT
        return files.list(path)
      },
      read: async (path) => {
        if (path === refusedRead) return -ERRNO.EIO
        if (path === '/proc/swaps') return zram.isOn ? '/dev/zram1 partition\n' : ''
        if (!path.endsWith('/hot_add')) return files.read(path)
        zram.isThere = true
        return '1\n'
      },
      write: async (path, text) => {
        if (path.startsWith('/sys/block/zram1/')) return 0
        if (!path.endsWith('/hot_remove')) return files.write(path, text)
        zram.isThere = false
        return 0
      },
    }
    const swap = {
      loadZram: () => Promise.resolve(undefined),
      start: () => Promise.resolve(void (zram.isOn = true)),
      stop: () => Promise.resolve(swapOff ?? void (zram.isOn = false)),
    }
    return { board: { ...board, files: zramFiles, swap }, zram }
  }

  test('whose swap stays says so, and why', async () => {
    const { board } = withZram('swapoff: Cannot allocate memory')
    const { events } = await stress(board, {}, { swapBytes: 1 << 20 })
    expect(leftOf(events)).toMatchObject([
      { what: 'the swap on /dev/zram1', reason: 'swapoff: Cannot allocate memory' },
    ])
    expect(board.state.list()).toHaveLength(1)
  })

  test('that cannot begin takes back what it had set up', async () => {
    const { board, zram } = withZram(undefined, '/sys/fs/cgroup/cgroup.subtree_control')
    await expect(stress(board, {}, { swapBytes: 1 << 20 })).rejects.toThrow(/subtree_control: EIO/)
    expect([zram, board.state.list()]).toEqual([{ isThere: false, isOn: false }, []])
  })
})
