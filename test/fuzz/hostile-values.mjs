/** Values that no honest caller would pass: wrong types, objects that throw or change when they are looked at. */

/** What the traps and getters here throw: a call may let it through, and nothing else but a TypeError. */
export class TrapError extends Error {}

const throwing = () => {
  throw new TrapError('a trap of the fuzzer')
}
const everyTrap = new Proxy({}, { get: () => throwing })

function detached(bytes) {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

export const HOSTILE_NUMBERS = [
  NaN, -0, 0.5, -1, -4096, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, 2 ** 47, 2 ** 53 - 1, 2 ** 53,
  2 ** 63, 2 ** 64, 1e308, Infinity, -Infinity, Number.MIN_VALUE,
] // prettier-ignore

export const HOSTILE_BIGINTS = [
  -1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), 2n ** 4096n,
] // prettier-ignore

const MAKERS = [
  () => undefined,
  () => null,
  () => true,
  () => '',
  () => '1',
  () => '/dev/null\0hidden',
  () => '\ud800',
  () => Symbol('fuzz'),
  () => Symbol.iterator,
  () => throwing,
  () => class {},
  () => ({}),
  () => [],
  () => [1, 2n, 'three'],
  () => Object.create(null),
  () => new Proxy({}, everyTrap),
  () => new Proxy(new Uint8Array(4), everyTrap),
  () => revoked(),
  () => ({ valueOf: throwing, toString: throwing, [Symbol.toPrimitive]: throwing }),
  () => Object.defineProperty({}, 'lengthBytes', { get: throwing, enumerable: true }),
  () => Object.defineProperty([], '0', { get: throwing, enumerable: true }),
  () => ({ length: 2 ** 32, lengthBytes: 4096 }),
  () => new Number(1),
  () => new Date(NaN),
  () => new Map(),
  () => Promise.resolve(),
  () => new ArrayBuffer(8),
  () => new SharedArrayBuffer(8),
  () => new DataView(new ArrayBuffer(8)),
  () => detached(new Uint8Array(64)),
  () => detached(new Uint32Array(64)),
  () => new Uint8Array(new SharedArrayBuffer(64)),
  () => new Uint8Array(new ArrayBuffer(64, { maxByteLength: 4096 }), 8),
  () => new Uint8ClampedArray(8),
  () => new Int32Array(8),
  () => new Float64Array(8),
  () => new BigUint64Array(8),
]

export function hostileValue(random) {
  const choice = random.below(10)
  if (choice < 2) return random.pick(HOSTILE_NUMBERS)
  if (choice < 3) return random.pick(HOSTILE_BIGINTS)
  return random.pick(MAKERS)()
}
