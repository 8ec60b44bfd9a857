/** A source presses for as long as a phase has, whenever it ends by itself. */
import { expect, test } from 'vitest'
import type { Clock } from '../../src/board/clock.js'
import type { PressureScene } from '../../src/pressure/pressure-source.js'
import { press } from '../../src/stress/press.js'

/** What a source was given in each round, when `takes` says how long one lasts. Seconds. */
async function rounds(durationS: number, takes: (given: number, abort: () => void) => number) {
  let nowS = 0
  const run = new AbortController()
  const clock = {
    nowUs: () => nowS * 1e6,
    sleep: (ms: number, signal?: AbortSignal) => {
      if (!signal?.aborted) nowS += ms / 1000
      return Promise.resolve()
    },
  } as Clock
  const given: number[] = []
  const apply = (_: PressureScene, durationMs: number) => {
    given.push(durationMs / 1000)
    nowS += takes(durationMs / 1000, () => {
      run.abort()
    })
    return Promise.resolve({ hogsKilled: 1 })
  }
  const scene = { board: { clock }, signal: run.signal } as unknown as PressureScene
  const { hogsKilled } = await press({ apply }, scene, durationS * 1000)
  return { given, hogsKilled, endS: nowS }
}

test.each([
  ['a short phase is one round', 20, [20]],
  ['so is one of minutes', 150, [150]],
  ['a long one is asked again and again', 480, [120, 120, 120, 120]],
])('%s', async (_, durationS, given) => {
  expect(await rounds(durationS, (time) => time)).toEqual({
    given,
    hogsKilled: given.length,
    endS: durationS,
  })
})

test('a short phase ends with its source', async () => {
  expect(await rounds(50, () => 10)).toEqual({ given: [50], hogsKilled: 1, endS: 10 })
})

test('a source that ends at once presses again, and not without a pause', async () => {
  const { given, hogsKilled, endS } = await rounds(150, () => 1)
  expect(given).toEqual([150, 120, 90, 60, 30])
  expect([hogsKilled, endS]).toEqual([5, 121])
})

test('one that takes longer than it was given has no further round', async () => {
  expect((await rounds(100, () => 200)).given).toEqual([100])
})

test('the end of the run is the end of it', async () => {
  const ended = await rounds(600, (_, abort) => {
    abort()
    return 3
  })
  expect([ended.given.length, ended.endS]).toEqual([1, 3])
})
