/**
 * Where kernels answer differently: rows of a command's JSON, `{ rows: [{ name, outcome }] }`, of several runs. A row
 * may have an `id` (gemrig conform's have one) in the place of a name.
 */

export interface RunWithRows {
  /** `rk3399 6.12`. */
  readonly run: string
  readonly stdout: string
}

export interface RowDifference {
  readonly name: string
  /** By run; null where the row is missing. */
  readonly outcomes: Readonly<Record<string, string | null>>
}

/** Rows whose outcome is not the same in all runs that printed rows, in the order of their first appearance. */
export function differingRows(runs: readonly RunWithRows[]): RowDifference[] {
  const tables = runs.flatMap(({ run, stdout }) => {
    const rows = rowsOf(stdout)
    return rows === undefined ? [] : [{ run, rows }]
  })
  const all = new Set(tables.flatMap(({ rows }) => [...rows.keys()]))
  return [...all]
    .map((name) => ({
      name,
      outcomes: Object.fromEntries(tables.map(({ run, rows }) => [run, rows.get(name)?.outcome ?? null])),
    }))
    .filter(({ outcomes }) => new Set(Object.values(outcomes)).size > 1)
}

/** A row as it was printed. An outcome that is no text is compared as its JSON. */
export interface SeenRow {
  readonly outcome: string
  readonly row: object
}

/** By name; undefined when it is no JSON with rows. */
export function rowsOf(stdout: string): Map<string, SeenRow> | undefined {
  let value: unknown
  try {
    value = JSON.parse(stdout)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('rows' in value) || !Array.isArray(value.rows))
    return undefined
  const rows = new Map<string, SeenRow>()
  for (const row of value.rows as unknown[]) {
    if (typeof row !== 'object' || row === null || !('outcome' in row)) continue
    const {
      id,
      name = id,
      outcome,
    } = row as { id?: string | number; name?: string | number; outcome: unknown }
    if (name === undefined) continue
    rows.set(String(name), { outcome: typeof outcome === 'string' ? outcome : JSON.stringify(outcome), row })
  }
  return rows
}
