/** Which call of the backend's interface was shown on which board: a Markdown table from saved runs. */
import type { ConformRun } from '../../conform/conform-run.js'

export function callTable(runs: readonly ConformRun[]): string {
  const calls = [...new Set(runs.flatMap((run) => run.calls))].sort()
  const users = rowsOfCalls(runs)
  const cells = calls.map((call) => [
    `\`${call}\``,
    ...runs.map((run) => cellOf(run, call, users.get(call) ?? new Set())),
  ])
  return markdown([['call', ...runs.map(({ title }) => title)], ...cells])
}

/** Of each call the rows that it worked in, or that at least made it, on whichever board they could. */
function rowsOfCalls(runs: readonly ConformRun[]): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>()
  const made = runs.flatMap(({ rows }) =>
    rows.flatMap(({ id, calls }) =>
      Object.entries(calls).map(([call, endings]) => ({ id, call, worked: endings.includes('ok') })),
    ),
  )
  const works = new Set(made.filter(({ worked }) => worked).map(({ call }) => call))
  for (const { id, call, worked } of made)
    if (worked || !works.has(call)) users.set(call, (users.get(call) ?? new Set()).add(id))
  return users
}

function cellOf(run: ConformRun, call: string, users: ReadonlySet<string>): string {
  const endings = new Set(run.rows.flatMap((row) => row.calls[call] ?? []))
  const refusals = [...endings].filter((ending) => ending !== 'ok').sort()
  const told = refusals.map((ending) => ending.replace(/^-/, '')).join(', ')
  if (endings.has('ok')) return refusals.length === 0 ? 'ok' : `ok; ${told}`
  const only = endings.size > 0 ? [`only ${told}`] : []
  const why = whyNotMade(run, users)
  if (why !== undefined) only.push(`not here: ${why}`)
  return only.length === 0 ? 'not tested' : only.join('; ')
}

function whyNotMade(run: ConformRun, users: ReadonlySet<string>): string | undefined {
  for (const row of run.rows) if (row.outcome === 'skip' && users.has(row.id)) return row.why
  return undefined
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
