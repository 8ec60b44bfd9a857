/** Which rows a run has. */
import type { Row } from './row.js'

export interface Selection {
  readonly rows: readonly Row[]
  /** Ids that were named in full. */
  readonly asked: ReadonlySet<string>
}

/** Rows whose id has one of `patterns` in it, where `*` is anything; all without patterns. RangeError when none has. */
export function selectRows(rows: readonly Row[], patterns: readonly string[] = []): Selection {
  if (patterns.length === 0) return { rows, asked: new Set() }
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        pattern
          .split('*')
          .map((part) => part.replaceAll(/[^\w-]/g, '\\$&'))
          .join('.*'),
      ),
  )
  for (const [index, expression] of expressions.entries()) {
    if (!rows.some(({ id }) => expression.test(id)))
      throw new RangeError(`no row is called '${patterns[index] ?? ''}': gemrig conform --list names them`)
  }
  return {
    rows: rows.filter(({ id }) => expressions.some((expression) => expression.test(id))),
    asked: new Set(patterns),
  }
}
