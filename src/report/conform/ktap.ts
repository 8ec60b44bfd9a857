/** Results of the conformance suite as KTAP. */
import type { ConformRun, RowResult } from '../../conform/conform-run.js'
import { ktap, type KtapCase } from '../ktap.js'
import { jsonText } from './text.js'

export function toKtap(run: ConformRun): string {
  return ktap(run.rows.map(caseOf))
}

function caseOf(row: RowResult): KtapCase {
  if (row.outcome === 'pass') return { name: row.id, result: 'pass' }
  if (row.outcome === 'skip') return { name: row.id, result: 'skip', message: row.why }
  const texts = { expected: jsonText(row.expected), actual: jsonText(row.actual) }
  return {
    name: row.id,
    result: 'fail',
    diagnostics: Object.entries(texts).map(([what, text]) => `${row.id}: ${what} ${text}`),
  }
}
