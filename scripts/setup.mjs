/** Makes a fresh clone ready: dependencies, compiled TypeScript, the addon where it can be built. Plain Node only. */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** What npm leaves behind when an install is complete. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json')

/** Returns one line about what the addon lacks, or undefined when it is built. Throws an Error with one clear line. */
export async function setUp() {
  buildTypeScript()
  const { buildNative } = await import('./build-native.mjs')
  const { missing, log } = await buildNative({ quiet: true })
  if (log) process.stderr.write(`${log}\n`)
  return missing
}

/** Dependencies and dist/ alone, without the addon. */
export function buildTypeScript() {
  installDependencies()
  run('tsc', [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'])
  run('bundle-guest', [join(ROOT, 'scripts', 'bundle-guest.mjs')])
}

function installDependencies() {
  const lock = join(ROOT, 'package-lock.json')
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(lock).mtimeMs) return
  process.stderr.write('installing dependencies (npm ci)\n')
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  })
  if (result.status !== 0) throw new Error('npm ci failed: is the npm registry within reach?')
}

function run(name, args) {
  const result = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (result.status !== 0) throw new Error(`${name} failed`)
}
