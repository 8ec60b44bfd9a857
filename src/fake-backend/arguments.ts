/** Checks of arguments, with the limits of the native addon (native/arguments.h): a TypeError names the argument. */

export function checkInteger(name: string, value: number, least: number, most: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return
  throw new TypeError(`${name} must be an integer from ${least} to ${most}`)
}

/** A __u32 of the uAPI: handle, flags, parameter, advice. */
export function checkUint32(name: string, value: number): void {
  checkInteger(name, value, 0, 0xffff_ffff)
}

export function checkInt32(name: string, value: number): void {
  checkInteger(name, value, -0x8000_0000, 0x7fff_ffff)
}

export function checkFd(value: number): void {
  checkInteger('fd', value, 0, 0x7fff_ffff)
}

/** A count of bytes that a number holds exactly. */
export function checkByteCount(name: string, value: number, least = 0): void {
  checkInteger(name, value, least, Number.MAX_SAFE_INTEGER)
}

/** A __u64 of the uAPI. */
export function checkUint64(name: string, value: bigint): void {
  if (typeof value === 'bigint' && value >= 0n && value < 1n << 64n) return
  throw new TypeError(`${name} must be a bigint from 0n to 18446744073709551615n`)
}

/** An __s64 of the uAPI: a time. */
export function checkInt64(name: string, value: bigint): void {
  if (typeof value === 'bigint' && value >= -(1n << 63n) && value < 1n << 63n) return
  throw new TypeError(`${name} must be a bigint from -9223372036854775808n to 9223372036854775807n`)
}

export function checkString(name: string, value: string): void {
  if (typeof value === 'string' && !value.includes('\0')) return
  throw new TypeError(`${name} must be a string without NUL characters`)
}

export function checkBytes(name: string, value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array`)
}

export function checkUint32Array(name: string, value: Uint32Array): void {
  if (!(value instanceof Uint32Array)) throw new TypeError(`${name} must be a Uint32Array`)
}

/** A point for each of `length` handles. */
export function checkUint64Array(name: string, value: BigUint64Array, length: number): void {
  if (!(value instanceof BigUint64Array) || value.length !== length) {
    throw new TypeError(`${name} must be a BigUint64Array of ${length} elements`)
  }
}

/** An array for `length` answers. */
export function checkFloat64Array(name: string, value: Float64Array, length: number): void {
  if (!(value instanceof Float64Array) || value.length !== length) {
    throw new TypeError(`${name} must be a Float64Array of ${length} elements`)
  }
}
