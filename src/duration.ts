/** Durations as people write them. */
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of `90s`, `5m`, `1500ms`; a number alone is seconds. Undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  const factor = UNITS_MS[unit]
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor)
}
