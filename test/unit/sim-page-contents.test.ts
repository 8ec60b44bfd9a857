import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PageContents } from '../../src/sim/mm/page-contents.js'
import { firstWord, writePattern } from '../../src/sim/mm/pattern.js'

const PAGES = 5
const SIZE = PAGES * 4096

const range = fc
  .tuple(fc.nat(SIZE), fc.nat(SIZE))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))
const pageRange = fc
  .tuple(fc.nat(PAGES), fc.nat(PAGES))
  .map(([a, b]) => ({ start: Math.min(a, b) * 4096, end: Math.max(a, b) * 4096 }))
const step = fc.record({
  kind: fc.constantFrom('fill' as const, 'write' as const),
  seed: fc.bigInt(0n, 2n),
  range: fc.oneof(range, pageRange),
})

describe('PageContents', () => {
  test('reads as an array of bytes does, after any fills and writes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), range, fc.bigInt(0n, 2n), (steps, look, seed) => {
        const contents = new PageContents()
        const bytes = new Uint8Array(SIZE)
        for (const { kind, seed, range } of steps) {
          const piece = bytes.subarray(range.start, range.end)
          writePattern(piece, firstWord(seed), range.start, range.end)
          if (kind === 'fill') contents.fill(firstWord(seed), range.start, range.end)
          else contents.write(range.start, Uint8Array.from(piece))
        }
        expect(Buffer.compare(contents.read(0, SIZE), bytes)).toBe(0)
        expect(
          Buffer.compare(contents.read(look.start, look.end), bytes.subarray(look.start, look.end)),
        ).toBe(0)

        const wanted = new Uint8Array(look.end - look.start)
        writePattern(wanted, firstWord(seed), look.start, look.end)
        let same = 0
        while (same < wanted.length && bytes[look.start + same] === wanted[same]) same++
        expect(contents.countMatching(firstWord(seed), look.start, look.end)).toBe(same)
      }),
      { numRuns: 300 },
    )
  })

  test('keeps a fill of any size, and fills side by side, as one extent', () => {
    const contents = new PageContents()
    contents.fill(firstWord(1n), 0, 2 ** 40)
    expect(contents.extentCount).toBe(1)
    expect(contents.countMatching(firstWord(1n), 0, 2 ** 40)).toBe(2 ** 40)
    contents.fill(firstWord(2n), 4096, 8192)
    expect(contents.extentCount).toBe(3)
    contents.fill(firstWord(1n), 4096, 8192)
    expect(contents.extentCount).toBe(1)
  })

  test('the pattern is the one that the interface describes', () => {
    // splitmix64 with state 0: its first output, as published with the algorithm.
    expect(firstWord(0n)).toBe(0xe220a8397b1dcdafn)
    const bytes = new Uint8Array(16)
    writePattern(bytes, firstWord(0n), 0, 16)
    const view = new DataView(bytes.buffer)
    expect(view.getBigUint64(0, true)).toBe(0xe220a8397b1dcdafn)
    expect(view.getBigUint64(8, true)).toBe(BigInt.asUintN(64, 0xe220a8397b1dcdafn + 0x9e3779b97f4a7c15n))
  })
})
