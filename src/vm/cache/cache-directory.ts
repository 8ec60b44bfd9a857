/** Where parts are kept: never inside dist, so that a rebuild does not fetch them again. */
import { accessSync, constants, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeDirectory } from '../../files/make-directory.js'
import { VmError } from '../vm-error.js'

/** The folder of this package: the same from src/ and from dist/. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')

/** An absolute path: `$GEMRIG_CACHE`; `.cache` of a git checkout of gemrig; `$XDG_CACHE_HOME/gemrig`; `~/.cache/gemrig`. */
export function defaultCacheDirectory(packageRoot: string = PACKAGE_ROOT): string {
  const { GEMRIG_CACHE: own, XDG_CACHE_HOME: xdg } = process.env
  if (own !== undefined && own !== '') return resolve(own)
  if (existsSync(join(packageRoot, '.git'))) return join(packageRoot, '.cache')
  return resolve(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'gemrig')
}

/** Makes the folder. VmError `prepare` when it cannot be written. */
export function checkCache(cacheDirectory: string): void {
  try {
    makeDirectory(cacheDirectory)
    accessSync(cacheDirectory, constants.W_OK | constants.X_OK)
  } catch (error) {
    const advice = 'set GEMRIG_CACHE to a folder that you may write'
    throw new VmError('prepare', `cannot keep parts: ${(error as Error).message}`, { advice, cause: error })
  }
}
