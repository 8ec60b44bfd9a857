/** The pattern of fill and verify, written a second time from its definition in src/backend/memory-calls.ts. */
const MASK = 2n ** 64n - 1n
const STEP = 0x9e3779b97f4a7c15n

function mix(seed: bigint): bigint {
  let z = (seed + STEP) & MASK
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK
  return z ^ (z >> 31n)
}

/** The bytes [offset, offset + length) of a mapping that holds the pattern of `seed`. */
export function patternBytes(seed: bigint, offset: number, length: number): Uint8Array {
  const mixed = mix(seed)
  return Uint8Array.from({ length }, (_, i) => {
    const position = offset + i
    const word = (mixed + BigInt(Math.floor(position / 8)) * STEP) & MASK
    return Number((word >> BigInt((position % 8) * 8)) & 0xffn)
  })
}
