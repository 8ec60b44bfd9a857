/** Tells an operation from what is none, in what was written down: by another version, or by hand. */
import type { Operation } from './operation.js'

interface Kind {
  /** For people: `a whole number`. */
  readonly name: string
  readonly fits: (value: unknown) => boolean
}

const WHOLE: Kind = {
  name: 'a whole number',
  fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
}
const FLAG: Kind = { name: 'true or false', fits: (value) => typeof value === 'boolean' }
const TEXT: Kind = { name: 'a text', fits: (value) => typeof value === 'string' }
const WHOLES: Kind = {
  name: 'a list of whole numbers',
  fits: (value) => Array.isArray(value) && value.every(WHOLE.fits),
}
const ADVICE: Kind = {
  name: 'willneed or dontneed',
  fits: (value) => value === 'willneed' || value === 'dontneed',
}

/** Of each operation: what it needs besides `buffer`. */
type Needs = {
  readonly [Op in Operation['op']]: Readonly<
    Record<Exclude<keyof Extract<Operation, { op: Op }>, 'op' | 'buffer' | 'file'>, Kind>
  >
}

const NEEDS: Needs = {
  create: { sizeBytes: WHOLE, noexec: FLAG },
  map: {},
  fill: { seed: WHOLE },
  verify: { seed: WHOLE },
  zeroed: {},
  touch: {},
  unmap: {},
  madvise: { advice: ADVICE },
  export: {},
  import: { from: WHOLE },
  'heap-allocate': { heap: TEXT, sizeBytes: WHOLE },
  udmabuf: { sizeBytes: WHOLE },
  'close-handle': {},
  'race-madvise': { others: WHOLES, threads: WHOLE, iterations: WHOLE },
  'race-handles': { threads: WHOLE, iterations: WHOLE, handles: WHOLE },
  'verify-in-fork': { seed: WHOLE, exec: FLAG },
  submit: { chain: WHOLE },
  wait: {},
  residency: {},
  open: {},
  close: {},
}

/** What is wrong with it: `unknown operation 'evil'`, `create: sizeBytes must be a whole number, not -5`. */
export function operationFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'no operation'
  const fields = value as Readonly<Record<string, unknown>>
  const op = String(fields['op'])
  if (!Object.hasOwn(NEEDS, op)) return `unknown operation '${op}'`
  const needs: Readonly<Record<string, Kind>> = {
    buffer: WHOLE,
    ...NEEDS[op as Operation['op']],
    ...(fields['file'] !== undefined && { file: WHOLE }),
  }
  for (const [key, { name, fits }] of Object.entries(needs))
    if (!fits(fields[key])) return `${op}: ${key} must be ${name}, not ${JSON.stringify(fields[key])}`
  return undefined
}
