/** What was read from a file, against the fields that are used of it: it may be of another program, or cut by hand. */

type Kind = 'number' | 'string' | 'boolean' | 'object' | 'array'

/** By name; of an object within, its fields. Others may be there as well. */
export interface Fields {
  readonly [name: string]: Kind | Fields
}

/** The first that is not there, or of another kind: `plan.seed`. Undefined when all are as they should be. */
export function missingField(value: unknown, fields: Fields): string | undefined {
  const has: Readonly<Record<string, unknown>> = typeof value === 'object' ? { ...value } : {}
  for (const [name, kind] of Object.entries(fields)) {
    if (typeof kind === 'string') {
      if (kindOf(has[name]) !== kind) return name
      continue
    }
    const inner = kindOf(has[name]) === 'object' ? missingField(has[name], kind) : ''
    if (inner !== undefined) return inner === '' ? name : `${name}.${inner}`
  }
  return undefined
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
