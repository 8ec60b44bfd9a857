/** Where parts are kept: never inside dist, so that a rebuild does not fetch them again. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this package: the same from src/ and from dist/. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')

/** `$GEMRIG_CACHE`; `.cache` of a git checkout of gemrig; `$XDG_CACHE_HOME/gemrig`; `~/.cache/gemrig`. */
export function defaultCacheDirectory(packageRoot: string = PACKAGE_ROOT): string {
  const { GEMRIG_CACHE: own, XDG_CACHE_HOME: xdg } = process.env
  if (own !== undefined && own !== '') return own
  if (existsSync(join(packageRoot, '.git'))) return join(packageRoot, '.cache')
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'gemrig')
}
