/**
 * Finds out what each exported function takes, from its own TypeErrors: "fd must be an integer from 0 to 2147483647". So
 * the fuzzer needs no list of functions, and a new one is fuzzed from its first day on.
 */

/** A harmless argument for each kind: what the kernel refuses, or what changes nothing. */
const HARMLESS = {
  fd: () => 0x3fffffff,
  integer: () => 1,
  bigint: () => 1n,
  milliseconds: () => 0,
  nanoseconds: () => 0n,
  string: () => '/nonexistent/gemrig-fuzz',
  map: (addon) => addon.memory.mapAnonymous(4096),
  bytes: () => new Uint8Array(8),
  uint32Array: () => new Uint32Array(1),
  bigUint64Array: () => new BigUint64Array(1),
  float64Array: () => new Float64Array(1),
  driver: () => 'panfrost',
}

const MOST_ARGUMENTS = 12

/** @typedef {{ group: string, name: string, call: Function, kinds: string[] }} Signature */

/**
 * All functions of the addon, with the kinds of their arguments as far as they could be told.
 *
 * @param {(name: string, answer: unknown) => void} settle gives back what a call answered: descriptors, mappings
 * @returns {Signature[]}
 */
export function learnSignatures(addon, settle) {
  const signatures = []
  for (const [group, calls] of Object.entries(addon)) {
    for (const [name, call] of Object.entries(calls)) {
      if (typeof call === 'function')
        signatures.push({ group, name, call, kinds: learn(addon, calls, name, settle) })
    }
  }
  return signatures
}

function learn(addon, calls, name, settle) {
  const kinds = []
  const names = []
  const values = []
  while (kinds.length < MOST_ARGUMENTS) {
    let text
    try {
      settle(name, calls[name](...values))
      break
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      text = error.message
    }
    const kind = kindOf(text)
    const argument = text.split(' ')[0]
    // The same argument again: its kind is one that we do not know. Leave the rest to random values.
    if (names.at(-1) === argument || HARMLESS[kind] === undefined) {
      if (kind === 'object') kinds.push(kind)
      break
    }
    kinds.push(kind)
    names.push(argument)
    values.push(HARMLESS[kind](addon))
  }
  for (const value of values) if (value?.lengthBytes !== undefined) addon.memory.munmap(value)
  return kinds
}

function kindOf(text) {
  const [name = '', wanted = ''] = text.split(' must be ')
  if (/mapping/.test(wanted)) return 'map'
  if (/BigUint64Array/.test(wanted)) return 'bigUint64Array'
  if (/Uint32Array/.test(wanted)) return 'uint32Array'
  if (/Float64Array/.test(wanted)) return 'float64Array'
  if (/Uint8Array/.test(wanted)) return 'bytes'
  if (/bigint/.test(wanted)) return /timeout/i.test(name) ? 'nanoseconds' : 'bigint'
  if (/string/.test(wanted)) return 'string'
  if (/panfrost/.test(wanted)) return 'driver'
  if (/integer|number/.test(wanted)) {
    if (/timeout/i.test(name)) return 'milliseconds'
    return /fd$/i.test(name) ? 'fd' : 'integer'
  }
  return 'object'
}
