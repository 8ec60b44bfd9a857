/** The pattern of src/backend/memory-calls.ts: word i of a mapping is mix(seed) + i * GOLDEN, modulo 2^64. */

const GOLDEN = 0x9e3779b97f4a7c15n
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value)

/** Word 0 of a mapping that was filled with `seed`: the finalizer of splitmix64. */
export function firstWord(seed: bigint): bigint {
  let z = u64(seed + GOLDEN)
  z = u64((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
  z = u64((z ^ (z >> 27n)) * 0x94d049bb133111ebn)
  return z ^ (z >> 31n)
}

/** Word 0 of an object of which a mapping shows the part from `offsetWords` on, when the mapping's word 0 is `word`. */
export function wordAtObjectStart(word: bigint, offsetWords: number): bigint {
  return u64(word - BigInt(offsetWords) * GOLDEN)
}

/** Writes bytes [start, end) of the pattern whose word 0 is `first` to the start of `into`. */
export function writePattern(into: Uint8Array, first: bigint, start: number, end: number): void {
  let word = u64(first + BigInt(Math.floor(start / 8)) * GOLDEN)
  let position = start
  while (position < end) {
    const stop = Math.min(end, position - (position % 8) + 8)
    let rest = word >> BigInt(8 * (position % 8))
    for (; position < stop; position++) {
      into[position - start] = Number(rest & 0xffn)
      rest >>= 8n
    }
    word = u64(word + GOLDEN)
  }
}
