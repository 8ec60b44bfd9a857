/** The binaries of the package that npm would publish, installed from its tarball, at work on boards of both sizes. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MISSING, vm } from './vm-run.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

/** Both have the dma-buf heaps as a module of ours. */
const BOARDS = [
  { board: 'rk3399', arch: 'arm64', file: 'linux-arm64/gemrig.glibc.node' },
  { board: 'rk3288', arch: 'arm', file: 'linux-arm/gemrig.armv7.glibc.node' },
]

interface PackedProject {
  readonly pack: (folder: string) => { readonly path: string }
  readonly installPacked: (tarball: string, project: string) => void
}

/** Makes the binary of an architecture unless one is there that is no older than its sources. */
function makePrebuild(arch: string): void {
  const folder = join(ROOT, 'prebuilds', `linux-${arch}`)
  const sources = readdirSync(join(ROOT, 'native'), { recursive: true, encoding: 'utf8' })
  const newest = Math.max(...sources.map((name) => statSync(join(ROOT, 'native', name)).mtimeMs))
  const isFresh = existsSync(folder) && readdirSync(folder).length > 0 && statSync(folder).mtimeMs > newest
  if (!isFresh)
    execFileSync(process.execPath, ['scripts/prebuilds.mjs', arch], { cwd: ROOT, stdio: 'inherit' })
}

describe.skipIf(MISSING.length > 0)(`the packed package${skipped}`, { timeout: 300_000 }, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-packed-'))
    for (const { arch } of BOARDS) makePrebuild(arch)
    const { pack, installPacked } = (await import(
      new URL('../../scripts/packed-project.mjs', import.meta.url).href
    )) as PackedProject
    installPacked(pack(out).path, join(out, 'project'))
    copyFileSync(new URL('prebuilds-guest.mjs', import.meta.url), join(out, 'project/exercise.mjs'))
  }, 900_000)
  afterAll(() => rmSync(out, { recursive: true }))

  it.each(BOARDS)('works on $board with the binary that it brings', async ({ board, arch, file }) => {
    const result = await vm(['node', 'project/exercise.mjs'], out, { board })
    expect(result.error).toBeUndefined()
    expect(result.stderr).toBe('')
    expect(JSON.parse(result.stdout)).toEqual({
      arch,
      addons: [`gemrig/prebuilds/${file}`],
      libdrm: false,
      given: true,
      retained: [false, true],
      verified: ['PurgedError', 'none'],
      program: '10 0',
      heap: 'none',
    })
  })
})
