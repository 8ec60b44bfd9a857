import { describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { parseBackendWish } from '../../src/choose-board.js'
import { parseFakeWish, type FakeWish } from '../../src/fake-wish.js'
import { replayCommand } from '../../src/report/replay-command.js'
import { DEFAULT_PLAN } from '../../src/stress/plan.js'

const MIB = 1 << 20

describe('a fake board in words', () => {
  test.each([
    ['fake', {}],
    ['fake:7.2', { gpu: 'panfrost', release: '7.2' }],
    ['fake:rk3399', { gpu: 'panfrost' }],
    ['fake:rk3588', { gpu: 'panthor', release: '7.2' }],
    ['fake:lru_gen', { lruGen: true }],
    ['fake:shrinker-debug', { shrinkerDebug: true }],
    ['fake:swap=1G,rk3588', { gpu: 'panthor', release: '7.2', swap: { bytes: 1024 * MIB, zramRatio: 3 } }],
    ['fake:bug=shared-bo-purged', { bugs: ['shared-bo-purged'] }],
    ['fake:bug=gem-lru-on-stack', { bugs: ['gem-lru-on-stack'] }],
    ['fake:swap=64', { swap: { bytes: 64 * MIB, zramRatio: 3 } }],
  ] as const)('%s', (wish, options) => expect(parseFakeWish(wish)).toEqual(options))

  test.each([
    'fake:',
    'fake:rk3288',
    'fake:bug=none',
    'fake:swap=0',
    'fake:swap=1T',
    'fake:6.1,rk3588',
    'fake:swap=1M,swap=2M',
  ])('%s is refused', (wish) => expect(() => parseFakeWish(wish as FakeWish)).toThrow(RangeError))

  test('what is neither a word for this machine nor for a fake one is refused', () => {
    expect(['auto', 'native', 'fake:rk3588'].map(parseBackendWish)).toEqual(['auto', 'native', 'fake:rk3588'])
    expect(() => parseBackendWish('real')).toThrow(/rk3588/)
  })

  test('names the bugs of a run again, and its scenario', () => {
    const { description } = createFakeBoard(parseFakeWish('fake:6.12,bug=double-dontneed'))
    const plan = { ...DEFAULT_PLAN, scenario: 'madvise-storm' }
    const begin = { plan, board: 'fake', description } as Parameters<typeof replayCommand>[0]
    expect(replayCommand(begin)).toMatch(/^gemrig stress madvise-storm .* fake:6.12,bug=double-dontneed$/)
  })

  test('is found again in what a run says of its board', () => {
    const { description } = createFakeBoard(parseFakeWish('fake:rk3588,swap=512M'))
    const begin = { plan: DEFAULT_PLAN, board: 'fake', description } as Parameters<typeof replayCommand>[0]
    expect(replayCommand(begin)).toMatch(/^gemrig stress --seed .*--backend fake:rk3588,swap=512M$/)
    const plan = { ...DEFAULT_PLAN, scenario: 'churn' } as const
    expect(replayCommand({ ...begin, plan })).toMatch(/^gemrig stress churn --seed /)
  })
})
