/** A kernel of build-kernel's with shrinker debugfs: booted from the cache, or built first. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProbeResult } from '../../dist/probe/probe-event.js'
import type { ResultJson } from '../../dist/report/result-json.js'
import { ARM64 } from '../../dist/vm/architecture.js'
import { buildKernel } from '../../dist/vm/kernel-build/build-kernel.js'
import { MISSING, vm, type VmResult } from './vm-run.js'

const BUILD_MS = 25 * 60_000
const NAME = 'debug'
const BUFFERS = 32

const SOURCES = ['shrinker-debugfs', 'drop-caches', 'root-reclaim']

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
    const mapping = buffer.map()
    mapping.fill(1n)
    mapping.close()
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

/** In the guest, whose working folder is on the host. */
const SCRIPT = `node scan.mjs >scan.json
gemrig probe --json --driver panfrost --duration 2s --pressure ${SOURCES.join(' ')} >probe.json 2>probe.txt
gemrig stress churn --seed 1 --duration 6s --json --pressure shrinker-debugfs >stress.json 2>stress.txt
echo $? >stress-code`

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`a kernel of build-kernel's on rk3399${skipped}`, () => {
  let out = ''
  let said: VmResult
  const json = (name: string): unknown => JSON.parse(readFileSync(join(out, `${name}.json`), 'utf8'))

  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-debug-'))
    writeFileSync(join(out, 'scan.mjs'), SCAN)
    const start = performance.now()
    const built = await buildKernel({
      name: NAME,
      architecture: ARM64,
      series: '6.12',
      patches: [],
      fragments: [],
      extras: [],
      deadlineMs: BUILD_MS,
      onProgress: () => undefined,
    })
    process.stdout.write(`Linux ${built.version}: ${Math.round((performance.now() - start) / 1000)} s\n`)
    expect(built.dropped).toEqual([])
    said = await vm(['sh', '-c', SCRIPT], out, { kernel: NAME, bootTimeoutMs: 120_000 })
  }, BUILD_MS + 300_000)
  afterAll(() => rmSync(out, { recursive: true }))

  it('boots, and nothing that runs there complains', () => {
    expect(said).toEqual({ exitCode: 0, error: undefined, stdout: '', stderr: '' })
  })

  it('counts and scans pages exactly, in the order in which buffers were given away', () => {
    expect(json('scan')).toEqual({
      // 4 + 2 for 5 wanted; 16 + 1 + 64 for 22; 8 for 1.
      counts: [279, 273, 192, 184],
      retained: [false, false, false, false, false, false, true, true, true, true],
      left: 0,
    })
  })

  it('is reached by the sources that other kernels have, and by shrinker debugfs, for every page', () => {
    const { cells } = json('probe') as ProbeResult
    expect(cells).toHaveLength(SOURCES.length)
    for (const cell of cells) expect(cell).toMatchObject({ given: BUFFERS, reclaimed: BUFFERS, broken: [] })
  })

  it('keeps its promises in a stress run under its own shrinker', () => {
    const { verdict, violations, phases } = json('stress') as ResultJson
    const code = readFileSync(join(out, 'stress-code'), 'utf8')
    expect({ code, verdict, violations }).toEqual({ code: '0\n', verdict: 'pass', violations: [] })
    expect(phases).toEqual([expect.objectContaining({ pressure: 'shrinker-debugfs' })])
  })
})
