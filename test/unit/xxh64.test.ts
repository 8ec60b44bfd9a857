/** The hash of mappings is the published XXH64, so that any tool can check it. */
import { expect, it } from 'vitest'
import { xxh64 } from '../../src/sim/lib/xxh64.js'

const text = (value: string) => new TextEncoder().encode(value)

it.each([
  ['', 0xef46db3751d8e999n],
  ['a', 0xd24ec4f1a98c6e5bn],
  ['abc', 0x44bc2cf5ad770999n],
  ['Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n],
])('xxh64 of %j', (input, hash) => {
  expect(xxh64(text(input))).toBe(hash)
})
