import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdAllocator } from '../../src/sim/lib/id-allocator.js'
import { LinkedList, ListNode } from '../../src/sim/lib/linked-list.js'
import { memparse, parseInteger } from '../../src/sim/lib/memparse.js'
import { RangeSet } from '../../src/sim/lib/range-set.js'
import { DrmMm } from '../../src/sim/drm/drm-mm.js'

test('IdAllocator hands out the lowest free id', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 80 }), (choices) => {
      const ids = new IdAllocator(1, 16)
      const used = new Set<number>()
      for (const choice of choices) {
        if (used.has(choice)) {
          used.delete(choice)
          ids.free(choice)
          continue
        }
        let lowest: number | undefined = 1
        while (used.has(lowest)) lowest++
        if (lowest > 15) lowest = undefined
        expect(ids.allocate()).toBe(lowest)
        if (lowest !== undefined) used.add(lowest)
      }
    }),
  )
})

test('RangeSet holds what was added to it', () => {
  const ranges = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 10 })
  fc.assert(
    fc.property(ranges, (added) => {
      const set = new RangeSet()
      const model = new Set<number>()
      for (const [a, b] of added) {
        set.add(Math.min(a, b), Math.max(a, b))
        for (let page = Math.min(a, b); page < Math.max(a, b); page++) model.add(page)
      }
      expect(set.size).toBe(model.size)
      for (let page = 0; page < 42; page++) {
        let end = page
        while (model.has(end)) end++
        expect(set.endOfRunAt(page)).toBe(end)
        expect(set.nextIn(page)).toBe(
          [...model].filter((each) => each >= page).sort((a, b) => a - b)[0] ?? Infinity,
        )
      }
    }),
  )
})

test('DrmMm never hands out a page twice, aligns, and gets everything back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.boolean()), { maxLength: 60 }),
      (steps) => {
        const mm = new DrmMm(10, 210)
        const taken: { start: number; pages: number }[] = []
        for (const [pages, aligned] of steps) {
          if (pages % 3 === 0 && taken.length > 0) {
            const [out] = taken.splice(pages % taken.length, 1)
            if (out !== undefined) mm.remove(out.start, out.pages)
            continue
          }
          const alignPages = aligned ? 4 : 1
          const start = mm.insert(pages, { alignPages })
          const isFree = (at: number): boolean =>
            taken.every((each) => at + pages <= each.start || at >= each.start + each.pages)
          if (start === undefined) {
            for (let at = 12; at + pages <= 210; at += 4) expect(isFree(at)).toBe(false)
            continue
          }
          expect(start % alignPages).toBe(0)
          expect(start >= 10 && start + pages <= 210 && isFree(start)).toBe(true)
          taken.push({ start, pages })
        }
        for (const { start, pages } of taken) mm.remove(start, pages)
        expect(mm.freePages).toBe(200)
        expect(mm.insert(200)).toBe(10)
      },
    ),
  )
})

describe('LinkedList', () => {
  test('moves to the tail, and walks past an entry that is taken out meanwhile', () => {
    const list = new LinkedList<string>()
    const nodes = ['a', 'b', 'c'].map((name) => new ListNode(name))
    for (const node of nodes) list.moveToTail(node)
    const [a, b] = nodes
    if (a === undefined || b === undefined) throw new Error('unreachable')
    list.moveToTail(a)
    const seen: string[] = []
    for (const name of list) {
      seen.push(name)
      if (name === 'b') list.remove(b)
    }
    expect(seen).toEqual(['b', 'c', 'a'])
    expect([list.length, b.isListed]).toEqual([2, false])
    list.remove(b)
    expect(list.length).toBe(2)
  })
})

test('memparse reads what the kernel reads', () => {
  expect(memparse('4096')).toEqual({ value: 4096n, rest: '' })
  expect(memparse('1M swappiness=3')).toEqual({ value: 1n << 20n, rest: ' swappiness=3' })
  expect(memparse('0x10k')).toEqual({ value: 16n << 10n, rest: '' })
  expect(memparse('010')).toEqual({ value: 8n, rest: '' })
  expect(memparse('-1')).toBeNull()
  expect(parseInteger('-1000\n')).toBe(-1000)
  expect(parseInteger('1 2')).toBeNull()
})
