/** XXH64 with seed 0: the algorithm of xxhash.com, specification 0.2. Plain and slow, for the small buffers of a simulation. */

const PRIME_1 = 0x9e3779b185ebca87n
const PRIME_2 = 0xc2b2ae3d27d4eb4fn
const PRIME_3 = 0x165667b19e3779f9n
const PRIME_4 = 0x85ebca77c2b2ae63n
const PRIME_5 = 0x27d4eb2f165667c5n
const STRIPE_BYTES = 32

export function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.length
  let position = 0
  let hash = PRIME_5
  if (length >= STRIPE_BYTES) {
    const lanes: Lanes = [u64(PRIME_1 + PRIME_2), PRIME_2, 0n, u64(-PRIME_1)]
    for (; position + STRIPE_BYTES <= length; position += STRIPE_BYTES) {
      for (const i of [0, 1, 2, 3] as const) {
        lanes[i] = round(lanes[i], view.getBigUint64(position + i * 8, true))
      }
    }
    hash = converge(lanes)
  }
  hash = u64(hash + BigInt(length))
  for (; position + 8 <= length; position += 8) {
    hash ^= round(0n, view.getBigUint64(position, true))
    hash = u64(rotate(hash, 27n) * PRIME_1 + PRIME_4)
  }
  if (position + 4 <= length) {
    hash ^= u64(BigInt(view.getUint32(position, true)) * PRIME_1)
    hash = u64(rotate(hash, 23n) * PRIME_2 + PRIME_3)
    position += 4
  }
  for (; position < length; position++) {
    hash ^= u64(BigInt(view.getUint8(position)) * PRIME_5)
    hash = u64(rotate(hash, 11n) * PRIME_1)
  }
  return avalanche(hash)
}

type Lanes = [bigint, bigint, bigint, bigint]

function converge(lanes: Lanes): bigint {
  const [a, b, c, d] = lanes
  let hash = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n))
  for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4)
  return hash
}

function avalanche(hash: bigint): bigint {
  hash = u64((hash ^ (hash >> 33n)) * PRIME_2)
  hash = u64((hash ^ (hash >> 29n)) * PRIME_3)
  return hash ^ (hash >> 32n)
}

function round(lane: bigint, word: bigint): bigint {
  return u64(rotate(u64(lane + word * PRIME_2), 31n) * PRIME_1)
}

function rotate(value: bigint, bits: bigint): bigint {
  return u64(value << bits) | (value >> (64n - bits))
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}
