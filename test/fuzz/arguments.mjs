/** Makes the arguments of one call, by kind: some that fit, some of the right type but absurd, some of a wrong type. */
import { HOSTILE_BIGINTS, HOSTILE_NUMBERS, TrapError, hostileValue } from './hostile-values.mjs'

/** Above every descriptor that this process can have. */
const NEVER_OPEN = 0x3fff0000
const DRIVERS = ['panfrost', 'panthor', 'i915', 'msm', 'vc4', 'dumb']
const SIZES = [0, 1, 7, 8, 4095, 4096, 4097, 8192, 65536]

export class Arguments {
  #random
  #belongings
  #paths

  /** @param {string[]} paths harmless files: all that open() and its like ever get */
  constructor(random, belongings, paths) {
    this.#random = random
    this.#belongings = belongings
    this.#paths = [
      ...paths,
      '/nonexistent',
      '',
      '.',
      `/nonexistent/${'x'.repeat(5000)}`,
      '../null',
      'ü\u{1f600}',
    ]
  }

  /** @param {import('./signatures.mjs').Signature} signature */
  of({ name, kinds }) {
    const random = this.#random
    const closes = /close/i.test(name)
    const values = kinds.map((kind) => this.#value(kind, closes))
    if (random.oneIn(12)) values.length = random.below(values.length + 1)
    if (random.oneIn(12)) values.push(this.#harmless(hostileValue(random)))
    return values
  }

  #value(kind, closes) {
    const random = this.#random
    // A call that is asked to wait for a month waits for a month, which would look like a hang.
    if (kind === 'milliseconds') return random.oneIn(8) ? {} : random.below(2)
    if (kind === 'nanoseconds') return random.oneIn(8) ? {} : BigInt(random.below(1000))
    if (random.oneIn(8)) return this.#harmless(hostileValue(random))
    const absurd = random.oneIn(6)
    switch (kind) {
      case 'fd':
        return this.#descriptor(closes)
      case 'integer':
        if (absurd) return random.pick(HOSTILE_NUMBERS)
        return random.oneIn(2) ? random.pick(SIZES) : random.below(random.oneIn(4) ? 2 ** 32 : 16)
      case 'bigint':
        if (absurd) return random.pick(HOSTILE_BIGINTS)
        return BigInt(random.pick(SIZES)) * BigInt(random.below(3))
      case 'string':
        return random.pick(this.#paths)
      case 'map':
        if (this.#belongings.mappings.length === 0) return {}
        return this.#disguised(random.pick(this.#belongings.mappings))
      case 'bytes':
        return new Uint8Array(random.pick(SIZES))
      case 'uint32Array':
        return Uint32Array.from({ length: random.below(20) }, () =>
          random.below(random.oneIn(8) ? 2 ** 32 : 64),
        )
      case 'bigUint64Array':
        return BigUint64Array.from({ length: random.below(20) }, () => BigInt(random.below(64)))
      case 'float64Array':
        return new Float64Array(random.below(20))
      case 'driver':
        return random.pick(DRIVERS)
      default:
        return random.oneIn(4) ? [this.#answering(), this.#answering()] : this.#answering()
    }
  }

  /** An open one of this worker's, one that was closed, or none at all: never one of Node's own. */
  #descriptor(closes) {
    const random = this.#random
    const { descriptors, closed } = this.#belongings
    if (descriptors.length > 0 && !random.oneIn(4)) return random.pick(descriptors)
    return closes ? NEVER_OPEN + random.below(1000) : random.pick(closed)
  }

  /** A number that could be a descriptor of Node's is moved out of the way. */
  #harmless(value) {
    const isDescriptor = typeof value === 'number' && value >= 0 && value < NEVER_OPEN
    return isDescriptor && Number.isInteger(value) ? value + NEVER_OPEN : value
  }

  #disguised(map) {
    if (!this.#random.oneIn(10)) return map
    return this.#random.oneIn(2) ? Object.create(map) : new Proxy(map, {})
  }

  /** An object that has every field, with another value each time that somebody looks. */
  #answering() {
    const random = this.#random
    return new Proxy(
      {},
      {
        get: (_, field) => {
          if (random.oneIn(40)) throw new TrapError('a getter of the fuzzer')
          if (random.oneIn(10)) return this.#harmless(hostileValue(random))
          if (/fd$/i.test(String(field))) return this.#descriptor(false)
          // Few threads: more of them say nothing new and take long.
          if (field === 'threads') return random.below(4)
          if (field === 'driver') return random.pick(DRIVERS)
          if (/timeout/i.test(String(field))) return 0n
          if (/code|handles|syncs$/i.test(String(field))) return this.#words()
          return this.#value(
            random.pick(['integer', 'integer', 'bigint', 'bigint', 'string', 'uint32Array', 'bytes']),
          )
        },
      },
    )
  }

  /** Small words only: one of them may be for how long to sleep. */
  #words() {
    return Uint32Array.from({ length: 4 * this.#random.below(6) }, () => this.#random.below(10))
  }
}
