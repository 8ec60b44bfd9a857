/** Scripts that run beside another native library (foreign-addon.c), which is compiled where there is a C compiler. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('foreign-addon.c', import.meta.url))

export interface ForeignAddon extends Disposable {
  readonly path: string
}

/** Undefined when there is no compiler. */
export function compileForeignAddon(): ForeignAddon | undefined {
  const headers = join(dirname(createRequire(import.meta.url).resolve('node-api-headers')), 'include')
  const folder = mkdtempSync(join(tmpdir(), 'gemrig-native-'))
  const remove = (): void => rmSync(folder, { recursive: true })
  const path = join(folder, 'foreign-addon.node')
  const args = ['-shared', '-fPIC', '-D_GNU_SOURCE', `-I${headers}`, '-o', path, source]
  // A sanitizer's runtime that is preloaded into Node would judge the compiler, too.
  const env = { ...process.env, LD_PRELOAD: '' }
  const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8', env })
  if (status === 0) return { path, [Symbol.dispose]: remove }
  remove()
  if (status === null) return undefined
  throw new Error(stderr)
}
