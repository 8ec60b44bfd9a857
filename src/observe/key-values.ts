/** Files of `key value` lines: /proc/vmstat, memory.stat, memory.events. */
export function parseKeyValues(text: string): ReadonlyMap<string, number> {
  return new Map(
    text
      .split('\n')
      .map((line) => line.split(' '))
      .filter((fields) => fields.length === 2)
      .map(([key, value]) => [key ?? '', Number(value)]),
  )
}
