import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { TtmLruBulkMove } from '../../src/sim/drm/ttm/ttm-bulk-move.js'
import { TtmResourceCursor } from '../../src/sim/drm/ttm/ttm-cursor.js'
import { TtmDevice, TtmResource, TtmResourceManager } from '../../src/sim/drm/ttm/ttm-resource.js'

let device: TtmDevice
let manager: TtmResourceManager
let names: Map<TtmResource, string>

beforeEach(() => {
  device = new TtmDevice()
  manager = new TtmResourceManager(device)
  names = new Map()
})

function add(name: string, bulkMove: TtmLruBulkMove | null = null, priority = 0, pinCount = 0): TtmResource {
  const resource = new TtmResource({ sizePages: 1, priority, bulkMove, pinCount }, manager)
  names.set(resource, name)
  return resource
}

const order = (): string => [...manager.resources()].map((resource) => names.get(resource)).join('')
const nameOf = (resource: TtmResource | null): string | undefined =>
  resource === null ? 'end' : names.get(resource)

describe('the LRU of a TTM manager', () => {
  test('goes by priority, then by age; used resources are young, pinned ones are not in it', () => {
    add('x', null, 3)
    const a = add('a')
    add('b')
    add('p', null, 0, 1)
    a.moveToLruTail()
    expect(order()).toBe('bax')
    expect(manager.usagePages).toBe(4)
    a.free()
    expect(order()).toBe('bx')
    expect(() => manager.lruOf(4)).toThrow(RangeError)
  })

  test('may be touched under its lock alone', () => {
    const guarded = new TtmResourceManager(
      new TtmDevice(() => {
        throw new Error('not held')
      }),
    )
    expect(() => new TtmResourceCursor(guarded).first()).toThrow('not held')
  })

  test("a cursor survives the removal of its hitch's neighbours", () => {
    const [a, b, c] = [add('a'), add('b'), add('c')]
    add('d')
    const cursor = new TtmResourceCursor(manager)
    expect(nameOf(cursor.first())).toBe('a')
    expect(nameOf(cursor.next())).toBe('b')
    for (const resource of [b, c, a]) resource.free()
    expect(nameOf(cursor.next())).toBe('d')
    expect(cursor.next()).toBeNull()
    expect(cursor.isStarted).toBe(false)
    cursor.fini()
  })

  test('cursors do not disturb each other, nor the order', () => {
    for (const name of 'abc') add(name)
    const [one, two] = [new TtmResourceCursor(manager), new TtmResourceCursor(manager)]
    expect([one.first(), two.first(), one.next(), two.next(), two.next()].map(nameOf).join('')).toBe('aabbc')
    expect(nameOf(one.next())).toBe('c')
    expect(order()).toBe('abc')
  })

  test('a bulk move goes to the end in its own order; a cursor in it stays where it stood', () => {
    const bulk = new TtmLruBulkMove(device)
    add('1')
    add('a', bulk)
    add('b', bulk)
    add('2')
    const c = add('c', bulk)
    add('3')
    // c went behind b when it was added.
    expect(order()).toBe('1abc23')
    const cursor = new TtmResourceCursor(manager)
    expect([cursor.first(), cursor.next()].map(nameOf).join('')).toBe('1a')
    bulk.moveTail()
    expect(order()).toBe('123abc')
    expect(nameOf(cursor.next())).toBe('2')
    c.free()
    bulk.moveTail()
    expect(order()).toBe('123ab')
  })

  test('whatever is freed, used and moved, a bulk move stays together in its order', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('free', 'use', 'bulk', 'next'), fc.nat()), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(steps, (operations) => {
        device = new TtmDevice()
        manager = new TtmResourceManager(device)
        const bulk = new TtmLruBulkMove(device)
        const alive = Array.from({ length: 9 }, (_, i) => add(String(i), i % 2 === 0 ? bulk : null))
        const expected = alive.filter(({ bo }) => bo.bulkMove !== null)
        const cursor = new TtmResourceCursor(manager)
        for (const [operation, pick] of operations) {
          const at = pick % Math.max(1, alive.length)
          const resource = alive[at]
          if (operation === 'next') nameOf(cursor.isStarted ? cursor.next() : cursor.first())
          else if (operation === 'bulk') bulk.moveTail()
          else if (resource !== undefined && operation === 'use') {
            resource.moveToLruTail()
            const own = expected.indexOf(resource)
            if (own >= 0) expected.push(...expected.splice(own, 1))
          } else if (resource !== undefined) {
            resource.free()
            alive.splice(at, 1)
            if (resource.bo.bulkMove !== null) expected.splice(expected.indexOf(resource), 1)
          }
          const now = [...manager.resources()]
          expect(now).toHaveLength(alive.length)
          const inBulk = now.filter(({ bo }) => bo.bulkMove !== null)
          expect(inBulk).toEqual(expected)
          const first = now.findIndex(({ bo }) => bo.bulkMove !== null)
          if (first >= 0) expect(now.slice(first, first + inBulk.length)).toEqual(inBulk)
        }
      }),
      { numRuns: 200 },
    )
  })
})
