/** Options that several commands have, and how their values are read. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import { parseBackendWish, type BackendWish } from '../choose-board.js'
import type { FakeWish } from '../fake-wish.js'
import { parseDuration as durationOf } from '../duration.js'

export const backendOption = () =>
  new Option(
    '--backend <kind>',
    'native: this machine; fake, fake:7.2, fake:rk3588,swap=512M: a simulated one; auto: the best there is',
  )
    .argParser(parseBackend)
    .env('GEMRIG_BACKEND')
    .default('auto')

function parseBackend(text: string): BackendWish {
  try {
    return parseBackendWish(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

/** A simulated machine alone. */
export function parseFake(text: string): FakeWish {
  const wish = parseBackend(text)
  if (wish === 'auto' || wish === 'native')
    throw new InvalidArgumentError('It must be fake, or fake: with parts after it.')
  return wish
}

export const jsonOption = () => new Option('--json', 'print one JSON object on stdout')

/** Of the options that are meant, by the names of their attributes, those that the command line has: `--seed`. */
export function toldOptions(command: Command, isMeant: (name: string) => boolean): string[] {
  return command.options
    .filter((option) => {
      const name = option.attributeName()
      return isMeant(name) && command.getOptionValueSource(name) === 'cli'
    })
    .map(({ long }) => long ?? '')
}

export function parseWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

export function parsePositive(text: string): number {
  const number = parseWhole(text)
  if (number === 0) throw new InvalidArgumentError('It must be 1 or more.')
  return number
}

export function parsePort(text: string): number {
  const port = parseWhole(text)
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('It must be a port from 1 to 65535.')
  return port
}

const UNITS_MIB: Readonly<Record<string, number>> = { M: 1, MiB: 1, G: 1024, GiB: 1024 }

/** `256M`, `1G`; a number alone is MiB. */
export function parseMiB(text: string): number {
  const [, amount, unit = 'M'] = /^(\d+)(M|MiB|G|GiB)?$/.exec(text) ?? []
  const factor = UNITS_MIB[unit]
  if (amount === undefined || factor === undefined || Number(amount) === 0) {
    throw new InvalidArgumentError('It must be a size such as 256M or 1G.')
  }
  return Number(amount) * factor
}

/** `90s`, `5m`, `1500ms`; a number alone is seconds. */
export function parseDuration(text: string): number {
  const durationMs = durationOf(text)
  if (durationMs === undefined) {
    throw new InvalidArgumentError('It must be a duration such as 30s, 5m or 1500ms.')
  }
  return durationMs
}
