/** The rows themselves, without running them. */
import type { Row } from '../../conform/row.js'

export function listRows(rows: readonly Row[], asJson: boolean): string {
  if (asJson) return JSON.stringify(rows.map((row) => ({ ...row, run: undefined })))
  return rows.map(rowText).join('\n')
}

function rowText({ id, name, source, needs, onlyWhenAsked }: Row): string {
  const lines = [id, `  ${name}`, `  ${source}`]
  if (needs.length > 0) lines.push(`  needs ${needs.join(', ')}`)
  if (onlyWhenAsked !== undefined) lines.push(`  only when asked for: ${onlyWhenAsked}`)
  return lines.join('\n')
}
