/** What a kernel is configured with: fragments of a .config, applied in their order on top of allnoconfig. */
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { GuestArchitecture } from '../architecture.js'
import { VmError } from '../vm-error.js'

export interface Fragment {
  readonly name: string
  readonly text: string
}

/** A file for all boards, one for each architecture, and the extras. */
const OWN = 'kernel/fragments'
/** gemrig's own fragments that are taken when asked for. */
export const EXTRAS = ['tracers', 'lockdep', 'kasan'] as const
export type Extra = (typeof EXTRAS)[number]

export async function readFragments(
  packageRoot: string,
  { linux }: GuestArchitecture,
  extras: readonly Extra[],
  paths: readonly string[],
): Promise<Fragment[]> {
  const own = ['board', linux, ...EXTRAS.filter((extra) => extras.includes(extra))]
  const files = [...own.map((name) => join(packageRoot, OWN, `${name}.config`)), ...paths]
  const missing = files.find((file) => !existsSync(file) || !statSync(file).isFile())
  if (missing !== undefined) throw new VmError('wrong-use', `there is no fragment file ${missing}`)
  return Promise.all(
    files.map(async (file) => ({ name: basename(file), text: await readFile(file, 'utf8') })),
  )
}

/** One value for each symbol, the last that was given: what KCONFIG_ALLCONFIG reads. */
export function mergeFragments(fragments: readonly Fragment[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const { name, text } of fragments)
    for (const line of text.split('\n')) {
      const [, set, value = '', unset] =
        /^(?:(CONFIG_\w+)=(.*)|# (CONFIG_\w+) is not set)$/.exec(line.trim()) ?? []
      if (set !== undefined) values.set(set, value)
      else if (unset !== undefined) values.set(unset, 'n')
      else if (line.trim() !== '' && !line.startsWith('#'))
        throw new VmError('wrong-use', `${name}: '${line}' is not a line of a kernel configuration`)
    }
  return values
}

export function configText(values: ReadonlyMap<string, string>): string {
  return [...values].map(([symbol, value]) => `${symbol}=${value}\n`).join('')
}

/** Symbols that were asked for and that the configuration does not have like that: unknown, or something is missing. */
export function droppedSymbols(wanted: ReadonlyMap<string, string>, config: string): string[] {
  const got = mergeFragments([{ name: '.config', text: config }])
  return [...wanted].filter(([symbol, value]) => (got.get(symbol) ?? 'n') !== value).map(([symbol]) => symbol)
}
