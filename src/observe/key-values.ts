/** Files of `key value` lines: /proc/vmstat, memory.stat, memory.events. */

/**
 * The value of a key; undefined when it is not there. Looks for that line alone: such files have hundreds, and are read
 * several times a second.
 */
export function keyValue(text: string, key: string): number | undefined {
  const line = `${key} `
  for (let at = text.indexOf(line); at >= 0; at = text.indexOf(line, at + 1)) {
    if (at > 0 && text[at - 1] !== '\n') continue
    const value = Number.parseInt(text.slice(at + line.length, at + line.length + MOST_DIGITS), 10)
    return Number.isNaN(value) ? undefined : value
  }
  return undefined
}

/** Several values, by names of the caller's. A key that is not there is left out. */
export function keyValues<Name extends string>(
  text: string,
  keys: Readonly<Record<Name, string>>,
): Partial<Record<Name, number>> {
  const found: Partial<Record<Name, number>> = {}
  for (const [name, key] of Object.entries(keys) as [Name, string][]) {
    const value = keyValue(text, key)
    if (value !== undefined) found[name] = value
  }
  return found
}

/** Of a 64-bit number. */
const MOST_DIGITS = 20

/** The sum of all keys that begin so; 0 when there is none. */
export function sumOfKeys(text: string, prefix: string): number {
  let sum = 0
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
    if (at > 0 && text[at - 1] !== '\n') continue
    const space = text.indexOf(' ', at)
    sum += Number.parseInt(text.slice(space + 1, space + 1 + MOST_DIGITS), 10)
  }
  return sum
}
