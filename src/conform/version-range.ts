/** Versions `major.minor` and where a row holds. */
import type { Place } from './place.js'
import type { Holds, Range } from './row.js'

/** Below, at or above 0, as `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]]
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0)
}

function isIn(version: string, { from, before }: Range): boolean {
  return (
    (from === undefined || compareVersions(version, from) >= 0) &&
    (before === undefined || compareVersions(version, before) < 0)
  )
}

function describe(what: string, { from, before }: Range): string {
  const parts = [
    from === undefined ? '' : `from ${what} ${from}`,
    before === undefined ? '' : `before ${what} ${before}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** Why a row does not hold here; undefined when it does. */
export function whyNotHere(holds: Holds, place: Place): string | undefined {
  if (holds.lacks !== undefined && !place.lacks.has(holds.lacks))
    return `holds without ${holds.lacks}: ${holds.why}`
  const ranges = [
    ['Linux', place.kernel, holds.kernel],
    ['panfrost', place.devices['panfrost']?.version, holds.panfrost],
    ['panthor', place.devices['panthor']?.version, holds.panthor],
  ] as const
  for (const [what, version, range] of ranges) {
    if (range === undefined || version === undefined || isIn(version, range)) continue
    return `holds ${describe(what, range)} (here ${version}): ${holds.why}`
  }
  return undefined
}
