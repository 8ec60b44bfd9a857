import { describe, expect, test } from 'vitest'
import { parseBackendWish } from '../../src/choose-board.js'
import { parseFakeWish, type FakeWish } from '../../src/fake-wish.js'

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
})
