/** Numbers in pseudo-files: memparse() of lib/cmdline.c, kstrtoint() of lib/kstrtox.c (6.12). */

const SUFFIX_SHIFT: Readonly<Record<string, bigint>> = { k: 10n, m: 20n, g: 30n, t: 40n, p: 50n, e: 60n }

/** A number with an optional suffix K M G T P E at the start of `text`, and what follows it. Null when there is none. */
export function memparse(text: string): { value: bigint; rest: string } | null {
  const match = /^(0[xX][0-9a-fA-F]+|[0-9]+)/.exec(text)
  if (match === null) return null
  const digits = match[0]
  // A leading 0 means octal, as simple_strtoull() with base 0 reads it.
  const octal = /^0[0-7]+$/.test(digits)
  let value = BigInt(octal ? `0o${digits.slice(1)}` : digits)
  let rest = text.slice(digits.length)
  const shift = SUFFIX_SHIFT[rest.charAt(0).toLowerCase()]
  if (shift !== undefined) {
    value <<= shift
    rest = rest.slice(1)
  }
  return { value: BigInt.asUintN(64, value), rest }
}

/** A whole decimal number with an optional sign and at most one newline after it. Null when it is anything else. */
export function parseInteger(text: string): number | null {
  const match = /^([+-]?[0-9]+)\n?$/.exec(text)
  if (match === null) return null
  const value = Number(match[1])
  return Number.isSafeInteger(value) ? value : null
}
