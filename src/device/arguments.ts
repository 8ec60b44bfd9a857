/** Checks of what library users hand in, before any kernel sees it. */

/** Largest buffer that a 32-bit size field can name, in bytes. */
export const MAX_BUFFER_BYTES = 2 ** 32 - 1

/** A whole number of bytes from 1 to `most`. Throws a RangeError (or TypeError when it is no number) that says so. */
export function checkSizeBytes(value: unknown, name: string, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number of bytes, not ${typeof value}`)
  if (!Number.isSafeInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name} must be a whole number of bytes from 1 to ${most}, not ${value}`)
  }
  return value
}

/** [offset, offset + length) inside a thing of `sizeBytes`; length defaults to the rest. */
export function checkRange(
  sizeBytes: number,
  offset: number,
  length: number = sizeBytes - offset,
): { offset: number; length: number } {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new RangeError(`offset and length must be whole numbers of bytes, not ${offset} and ${length}`)
  }
  if (offset + length > sizeBytes) {
    throw new RangeError(
      `offset ${offset} + length ${length} is beyond the ${sizeBytes} bytes of the mapping`,
    )
  }
  return { offset, length }
}

const MAX_SEED = 2n ** 64n

/** A pattern's seed: a bigint from 0 to 2^64 - 1. */
export function checkSeed(seed: unknown): bigint {
  if (typeof seed !== 'bigint') throw new TypeError(`seed must be a bigint, not ${typeof seed}`)
  if (seed < 0n || seed >= MAX_SEED)
    throw new RangeError(`seed must be from 0 to 2^64 - 1, not ${seed.toString()}`)
  return seed
}
