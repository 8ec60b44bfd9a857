/** Options that several commands have, and how their values are read. */
import { InvalidArgumentError, Option } from 'commander'
import { BACKEND_WISHES } from '../choose-board.js'

export const backendOption = () =>
  new Option('--backend <kind>', 'native: this machine; fake: a simulated kernel; auto: the best there is')
    .choices(BACKEND_WISHES)
    .env('GEMRIG_BACKEND')
    .default('auto')

export const jsonOption = () => new Option('--json', 'print one JSON object on stdout')

export function parseWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `90s`, `5m`, `1500ms`; a number alone is seconds. */
export function parseDuration(text: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  const factor = UNITS_MS[unit]
  if (amount === undefined || factor === undefined) {
    throw new InvalidArgumentError('It must be a duration such as 30s, 5m or 1500ms.')
  }
  return Math.round(Number(amount) * factor)
}
