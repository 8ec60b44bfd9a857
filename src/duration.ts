/** Durations as people write them, and as timers take them. */
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of `90s`, `5m`, `1500ms`; a number alone is seconds. Undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  const factor = UNITS_MS[unit]
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor)
}

/** 24.8 days. Node fires a timer that is set for longer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** For setTimeout and AbortSignal.timeout: a duration that is too long for them is as long as they can. */
export function timerMs(durationMs: number): number {
  return Math.min(durationMs, LONGEST_TIMER_MS)
}
