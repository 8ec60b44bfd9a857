/** A kernel of build-kernel's with shrinker debugfs: booted from the cache, or built first. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProbeResult } from '../../dist/probe/probe-event.js'
import type { ResultJson } from '../../dist/report/result-json.js'
import { buildKernel } from '../../dist/vm/kernel-build/build-kernel.js'
import { MISSING, vm } from './vm-run.js'

const BUILD_MS = 25 * 60_000
const NAME = 'debug'
const BUFFERS = 32

/** In the guest: first in, first out, whole buffers until enough pages are freed (panfrost_gem_shrinker.c, 6.12). */
const SCAN = `
  const { openDevice, ShrinkerDebugfs } = await import('/app/dist/index.js')
  const { readFileSync, writeFileSync, readdirSync } = await import('node:fs')
  const files = {
    list: async (path) => readdirSync(path),
    read: async (path) => readFileSync(path, 'utf8'),
    write: async (path, text) => (writeFileSync(path, text), 0),
  }
  const device = openDevice({ driver: 'panfrost' })
  const buffers = [4, 2, 16, 1, 64, 8, 128, 32, 8, 16].map((pages) => {
    const buffer = device.createBuffer({ sizeBytes: pages * 4096, noexec: true })
    buffer.map().fill(1n)
    buffer.madvise('dontneed')
    return buffer
  })
  const [shrinker] = await ShrinkerDebugfs.find(files, 'drm-panfrost')
  const counts = [await shrinker.count()]
  for (const pages of [5, 22, 1]) {
    await shrinker.scan(pages)
    counts.push(await shrinker.count())
  }
  const retained = buffers.map((buffer) => buffer.madvise('willneed').retained)
  console.log(JSON.stringify({ counts, retained, left: await shrinker.count() }))`

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`a kernel of build-kernel's on rk3399${skipped}`, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-debug-'))
    const start = performance.now()
    const built = await buildKernel({
      name: NAME,
      series: '6.12',
      patches: [],
      fragments: [],
      lockdep: false,
      kasan: false,
      deadlineMs: BUILD_MS,
      onProgress: () => undefined,
    })
    process.stdout.write(`Linux ${built.version}: ${Math.round((performance.now() - start) / 1000)} s\n`)
    expect(built.dropped).toEqual([])
  }, BUILD_MS + 60_000)
  afterAll(() => rmSync(out, { recursive: true }))

  const options = { kernel: NAME, bootTimeoutMs: 120_000 }

  it('counts and scans pages exactly, in the order in which buffers were given away', async () => {
    const { stdout, stderr } = await vm(['node', '--input-type=module', '-e', SCAN], out, options)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      // 4 + 2 for 5 wanted; 16 + 1 + 64 for 22; 8 for 1.
      counts: [279, 273, 192, 184],
      retained: [false, false, false, false, false, false, true, true, true, true],
      left: 0,
    })
  })

  it('is reached by the sources that other kernels have, and by shrinker debugfs, for every page', async () => {
    const command = ['probe', '--json', '--driver', 'panfrost', '--duration', '2s', '--pressure']
    const sources = ['shrinker-debugfs', 'drop-caches', 'root-reclaim']
    const { stdout, error } = await vm(['gemrig', ...command, ...sources], out, options)
    expect(error).toBeUndefined()
    const { cells } = JSON.parse(stdout) as ProbeResult
    expect(cells).toHaveLength(sources.length)
    for (const cell of cells) expect(cell).toMatchObject({ given: BUFFERS, reclaimed: BUFFERS, broken: [] })
  })

  it('keeps its promises in a stress run under its own shrinker', async () => {
    const command = ['stress', 'churn', '--seed', '1', '--duration', '6s', '--json', '--pressure']
    const { stdout, exitCode } = await vm(['gemrig', ...command, 'shrinker-debugfs'], out, options)
    const { verdict, violations, phases } = JSON.parse(stdout) as ResultJson
    expect({ exitCode, verdict, violations }).toEqual({ exitCode: 0, verdict: 'pass', violations: [] })
    expect(phases).toEqual([expect.objectContaining({ pressure: 'shrinker-debugfs' })])
  })
})
