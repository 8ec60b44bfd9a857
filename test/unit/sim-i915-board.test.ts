import { beforeEach, describe, expect, test } from 'vitest'
import type { FakeBoard } from '../../src/board/fake-board.js'
import { chooseBoard } from '../../src/choose-board.js'
import { lookAround } from '../../src/conform/look-around.js'
import { ROWS } from '../../src/conform/rows/index.js'
import { Trial } from '../../src/conform/trial.js'
import { openDeviceOf } from '../../src/device/open-device.js'

const DRI = '/sys/kernel/debug/dri/0000:00:02.0'
const TTM = '/sys/kernel/debug/ttm'

let board: FakeBoard

beforeEach(() => {
  board = chooseBoard('fake:i915').board as FakeBoard
})

const read = (path: string) => board.run(() => board.files.read(path))
const write = (path: string, text: string) => board.run(() => board.files.write(path, text))

describe('the fake PC', () => {
  test('has i915 where the other boards have their GPU, and no other', () => {
    using device = openDeviceOf(board.backend)
    expect(device.driver).toBe('i915')
    expect(board.description).toContain('Intel')
    expect(() => board.kernel.panfrost).toThrow('no Panfrost')
    expect(() => (chooseBoard('fake:7.2').board as FakeBoard).kernel.i915).toThrow('no i915')
    expect((chooseBoard('fake:6.1').board as FakeBoard).kernel.release).toBe('6.1')
    using i915 = openDeviceOf(board.backend, { driver: 'i915' })
    expect(i915.i915().getParam('HAS_LLC')).toBe(1)
    expect(i915.i915().getAperture().sizeBytes).toBe(1n << 32n)
  })

  test('keeps the promises of its rows', async () => {
    const place = await board.run(() => lookAround(board))
    const rows = ROWS.filter((row) => row.id.startsWith('i915') || row.id.startsWith('absent-driver.vgem'))
    for (const row of rows) {
      const trial = new Trial(place)
      expect([row.id, await board.run(async () => await row.run(trial))]).toEqual([row.id, row.expected])
      trial.end()
    }
    expect(rows.length).toBeGreaterThan(25)
    board.kernel.checkInvariants()
  })

  test('i915_gem_drop_caches purges what is not bound, and shows all that it can drop', async () => {
    using device = openDeviceOf(board.backend)
    using buffer = device.createBuffer({ sizeBytes: 65536 })
    buffer.map().fill(1n)
    expect(await read(`${DRI}/i915_gem_objects`)).toMatch(
      /^1 shrinkable \[0 free\] objects, 65536 bytes\nsystem: /,
    )
    buffer.madvise('dontneed')
    expect(await read(`${DRI}/i915_gem_drop_caches`)).toBe('0x000003ff\n')
    // Idle engines, and nothing else.
    expect(await write(`${DRI}/i915_gem_drop_caches`, '0x40')).toBe(0)
    expect(board.kernel.i915.mm.shrinkCount).toBe(1)
    expect(await write(`${DRI}/i915_gem_drop_caches`, '0x20')).toBe(0)
    expect(buffer.madvise('willneed')).toEqual({ retained: false })
    expect(await write(`${DRI}/i915_gem_drop_caches`, 'all')).toBe(-22)
  })

  test('fdinfo tells what is resident and what may be purged', () => {
    using device = openDeviceOf(board.backend)
    using idle = device.createBuffer({ sizeBytes: 4096 })
    using buffer = device.createBuffer({ sizeBytes: 65536 })
    buffer.map().fill(1n)
    buffer.madvise('dontneed')
    expect(idle.sizeBytes).toBe(4096)
    const system0 = device.usage()?.memory['system0']
    expect(system0).toMatchObject({ total: 69632n, resident: 65536n, purgeable: 65536n })
  })

  test("shows TTM's files, empty as its buffers are not TTM's", async () => {
    expect(await read(`${TTM}/page_pool`)).toMatch(/\ntotal\t: {8}0 of +\d+\n$/)
    expect(await read(`${TTM}/page_pool_shrink`)).toBe('18446744073709551614/18446744073709551615\n')
    expect(await read(`${TTM}/buffer_objects`)).toBe('0\n')
  })
})
