/** Results as KTAP version 1: Documentation/dev-tools/ktap.rst. Names are ids, so that no `#` is in them. */
import type { ConformRun, RowResult } from '../conform-run.js'

export function toKtap(run: ConformRun): string {
  const lines = ['KTAP version 1', `1..${run.rows.length}`]
  for (const [index, row] of run.rows.entries()) lines.push(...rowLines(row, index + 1))
  return `${lines.join('\n')}\n`
}

function rowLines(row: RowResult, number: number): string[] {
  if (row.outcome === 'pass') return [`ok ${number} ${row.id}`]
  if (row.outcome === 'skip') return [`ok ${number} ${row.id} # SKIP ${oneLine(row.why)}`]
  return [
    `# ${row.id}: expected ${oneLine(JSON.stringify(row.expected))}`,
    `# ${row.id}: actual ${oneLine(String(JSON.stringify(row.actual)))}`,
    `not ok ${number} ${row.id}`,
  ]
}

/** A `#` would begin another directive. */
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll('#', '')
