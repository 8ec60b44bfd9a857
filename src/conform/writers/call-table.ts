/** Which call of the backend's interface was shown on which board: a Markdown table from saved runs. */
import type { ConformRun } from '../conform-run.js'

export function callTable(runs: readonly ConformRun[]): string {
  const calls = [...new Set(runs.flatMap((run) => run.calls))].sort()
  const users = rowsOfCalls(runs)
  const cells = calls.map((call) => [
    `\`${call}\``,
    ...runs.map((run) => cellOf(run, call, users.get(call) ?? new Set())),
  ])
  return markdown([['call', ...runs.map(({ title }) => title)], ...cells])
}

/** Of each call the rows that made it, on whichever board they could. */
function rowsOfCalls(runs: readonly ConformRun[]): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>()
  for (const { rows } of runs)
    for (const row of rows)
      for (const call of Object.keys(row.calls)) users.set(call, (users.get(call) ?? new Set()).add(row.id))
  return users
}

function cellOf(run: ConformRun, call: string, users: ReadonlySet<string>): string {
  const endings = new Set(run.rows.flatMap((row) => row.calls[call] ?? []))
  const refusals = [...endings].filter((ending) => ending !== 'ok').sort()
  const told = refusals.map((ending) => ending.replace(/^-/, '')).join(', ')
  if (endings.has('ok')) return refusals.length === 0 ? 'ok' : `ok; ${told}`
  if (endings.size > 0) return `only ${told}`
  for (const row of run.rows) {
    if (row.outcome === 'skip' && users.has(row.id)) return `not here: ${row.why}`
  }
  return 'not tested'
}

function markdown(lines: readonly (readonly string[])[]): string {
  const safe = lines.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = (safe[0] ?? []).map((_, column) =>
    Math.max(3, ...safe.map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...rest] = safe
  return `${[line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest.map(line)].join('\n')}\n`
}
