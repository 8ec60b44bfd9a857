import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoCacheStore, type CachedBuffer } from '../../src/workload/bo-cache-store.js'

const KIB = 1024

function entry(buffer: number, sizeBytes: number, more: Partial<CachedBuffer> = {}): CachedBuffer {
  return { buffer, sizeBytes, noexec: true, seed: 1, putAtUs: 0, ...more }
}

describe('takeFitting', () => {
  test('hands out the oldest of the bucket that is large enough', () => {
    const store = new BoCacheStore()
    for (const [buffer, size] of [64, 100, 127, 64].entries()) store.put(entry(buffer, size * KIB))
    const taken = [100, 64, 64, 64, 64].map((size) => store.takeFitting(size * KIB, true)?.buffer)
    expect(taken).toEqual([1, 0, 2, 3, undefined])
    expect(store.size).toBe(0)
  })

  test('looks in the bucket of its size only: a larger one would be a waste', () => {
    const store = new BoCacheStore()
    store.put(entry(0, 128 * KIB))
    expect(store.takeFitting(64 * KIB, true)).toBeUndefined()
    expect(store.takeFitting(127 * KIB, true)).toBeUndefined()
    expect(store.takeFitting(128 * KIB, true)?.buffer).toBe(0)
  })

  test('never mixes flags', () => {
    const store = new BoCacheStore()
    store.put(entry(0, 4 * KIB, { noexec: false }))
    store.put(entry(1, 4 * KIB))
    expect(store.takeFitting(4 * KIB, true)?.buffer).toBe(1)
    expect(store.takeFitting(4 * KIB, true)).toBeUndefined()
    expect(store.takeFitting(4 * KIB, false)?.buffer).toBe(0)
  })

  test('buffers of 4 MiB and more share the top bucket, tiny ones the lowest', () => {
    const store = new BoCacheStore()
    store.put(entry(0, 64 * 1024 * KIB))
    store.put(entry(1, 100))
    expect(store.takeFitting(4 * 1024 * KIB, true)?.buffer).toBe(0)
    expect(store.takeFitting(1, true)?.buffer).toBe(1)
  })
})

test('takeOlderThan takes what was put before the time, oldest first, and not what was put at it', () => {
  const store = new BoCacheStore()
  for (const putAtUs of [1, 2, 3, 3, 4]) store.put(entry(putAtUs * 10 + store.size, 4 * KIB, { putAtUs }))
  expect(store.takeOlderThan(3).map(({ buffer }) => buffer)).toEqual([10, 21])
  expect(store.takeOldest()?.buffer).toBe(32)
  expect(store.takeAll().map(({ buffer }) => buffer)).toEqual([33, 44])
  expect(store.takeOldest()).toBeUndefined()
})

test('behaves as a list that is searched from its oldest end, whatever is done to it', () => {
  const bucket = (sizeBytes: number) => Math.min(Math.max(Math.floor(Math.log2(sizeBytes)), 12), 22)
  const size = fc.oneof(
    fc.constantFrom(4096, 8191, 8192, 65536, 1 << 22),
    fc.integer({ min: 1, max: 1 << 24 }),
  )
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ put: size, noexec: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ fit: size, noexec: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ older: fc.integer({ min: 0, max: 40 }) }) },
    { weight: 1, arbitrary: fc.constant({ oldest: true }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const store = new BoCacheStore()
      let list: CachedBuffer[] = []
      const remove = (taken: CachedBuffer | undefined) => (list = list.filter((each) => each !== taken))
      steps.forEach((each, index) => {
        if ('put' in each) {
          const made = entry(index, each.put, { noexec: each.noexec, putAtUs: index })
          store.put(made)
          list.push(made)
        } else if ('fit' in each) {
          const fits = list.find(
            ({ sizeBytes, noexec }) =>
              bucket(sizeBytes) === bucket(each.fit) && sizeBytes >= each.fit && noexec === each.noexec,
          )
          expect(store.takeFitting(each.fit, each.noexec)).toBe(fits)
          remove(fits)
        } else if ('older' in each) {
          const old = list.filter(({ putAtUs }) => putAtUs < each.older)
          expect(store.takeOlderThan(each.older)).toEqual(old)
          old.forEach(remove)
        } else {
          const [oldest] = list
          expect(store.takeOldest()).toBe(oldest)
          remove(oldest)
        }
        expect(store.size).toBe(list.length)
      })
    }),
    { numRuns: 500 },
  )
})
