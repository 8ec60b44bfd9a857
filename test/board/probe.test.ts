/** Which source reaches the shrinkers of Panfrost and Panthor, measured on the real drivers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProbeCell, ProbeResult } from '../../dist/probe/probe-event.js'
import { MISSING, vm } from './vm-run.js'

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`
const BUFFERS = 32

/** kswapd reclaims until free memory is above its watermark again, and no shrinker further than that. */
const SOME = 'some'

/** Buffers of 32: all of them, none, as many as were needed, or why the source is not there. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, number | typeof SOME | RegExp>>>> = {
  '6.12': {
    'page-cache-drop': 0,
    'memory-high': 0,
    'memory-reclaim': 0,
    'memory-max': 0,
    'driver-debugfs': /no driver here/,
    'node-reclaim': /Linux 7.2/,
    'root-reclaim': BUFFERS,
    'drop-caches': BUFFERS,
    'machine-pressure': SOME,
  },
  '7.2': {
    'page-cache-drop': 0,
    'memory-max': 0,
    'node-reclaim': BUFFERS,
    'root-reclaim': BUFFERS,
    'drop-caches': BUFFERS,
  },
}

describe.skipIf(MISSING.length > 0)(`gemrig probe on the virtual board rk3399${skipped}`, () => {
  describe.each(Object.entries(EXPECTED))('with Linux %s', (kernel, expected) => {
    let out = ''
    let result: ProbeResult
    let exitCode: number | undefined

    beforeAll(async () => {
      out = mkdtempSync(join(tmpdir(), 'gemrig-probe-'))
      const command = [
        'gemrig',
        'probe',
        '--json',
        '--driver',
        'panfrost',
        '--pressure',
        ...Object.keys(expected),
      ]
      const run = await vm(command, out, { kernel })
      if (run.error !== undefined) throw run.error
      process.stdout.write(run.stderr)
      exitCode = run.exitCode
      result = JSON.parse(run.stdout) as ProbeResult
    }, 600_000)

    afterAll(() => {
      rmSync(out, { recursive: true })
    })

    const cell = (source: string): ProbeCell => {
      const found = result.cells.find((each) => each.source === source)
      if (found === undefined) throw new Error(`${source} was not tried`)
      return found
    }

    it.each(Object.entries(expected))('%s reclaims what the kernel says it must', (source, reclaimed) => {
      if (reclaimed instanceof RegExp)
        expect(cell(source)).toMatchObject({ refused: expect.stringMatching(reclaimed) as string })
      else if (reclaimed === SOME)
        expect(cell(source)).toMatchObject({
          reclaimed: expect.toSatisfy((count: number) => count > 0) as number,
        })
      else expect(cell(source)).toMatchObject({ given: BUFFERS, reclaimed })
    })

    it('what is kept, or was retained, is intact', () => {
      expect(exitCode).toBe(0)
      for (const each of result.cells) {
        if ('refused' in each) continue
        expect(each.broken).toEqual([])
        expect(each.intact).toBe(BUFFERS + BUFFERS / 4 - (each.reclaimed ?? 0))
      }
    })

    it('the hog in the cgroup is killed, and nobody else', () => {
      expect(cell('memory-max')).toMatchObject({ oomKills: 1, hogsKilled: 1, targetKilled: false })
    })
  })
})

describe.skipIf(MISSING.length > 0)(`gemrig probe on the virtual board rk3588, Panthor${skipped}`, () => {
  const probe = async (sources: readonly string[], swapMiB?: number) => {
    const out = mkdtempSync(join(tmpdir(), 'gemrig-probe-'))
    try {
      const command = ['gemrig', 'probe', '--json', '--driver', 'panthor', '--pressure', ...sources]
      const run = await vm(command, out, { board: 'rk3588', ...(swapMiB !== undefined && { swapMiB }) })
      if (run.error !== undefined) throw run.error
      process.stdout.write(run.stderr)
      return (JSON.parse(run.stdout) as ProbeResult).cells
    } finally {
      rmSync(out, { recursive: true })
    }
  }

  it('evicts to swap, and every buffer comes back as it was', async () => {
    const cells = await probe(['drop-caches', 'driver-debugfs', 'root-reclaim'], 256)
    expect(cells).toHaveLength(3)
    for (const cell of cells)
      expect(cell).toMatchObject({ given: BUFFERS, reclaimed: BUFFERS, intact: BUFFERS, broken: [] })
  })

  it('evicts nothing without swap, and the probe says why', async () => {
    const [cell] = await probe(['drop-caches'])
    expect(cell).toMatchObject({ reclaimed: 0, intact: BUFFERS })
    expect(cell).toMatchObject({
      explanation: expect.stringMatching(/swap only, and there is none/) as string,
    })
  })
})

/** Ends a probe with SIGKILL while it has both gates of node reclaim open, and starts another one. */
const KILLED = `
gates() { cat /proc/sys/vm/min_unmapped_ratio /proc/sys/vm/min_slab_ratio | tr '\\n' ' '; }
left() { ls /run/gemrig 2>/dev/null | wc -l; ls -d /sys/fs/cgroup/gemrig-* 2>/dev/null | wc -l; }
gates; left
gemrig probe --pressure node-reclaim --duration 60s >/dev/null 2>&1 &
i=0
while [ "$(gates)" != '0 0 ' ] && [ $i -lt 60 ]; do sleep 1; i=$((i + 1)); done
kill -9 $!
gates; left
sleep 3
gemrig probe --pressure page-cache-drop --duration 1s >/dev/null 2>&1
gates; left
`

describe.skipIf(MISSING.length > 0)(`a probe that is killed${skipped}`, () => {
  it('has its settings put back and its cgroups removed by the next start', async () => {
    const out = mkdtempSync(join(tmpdir(), 'gemrig-probe-'))
    try {
      writeFileSync(join(out, 'killed.sh'), KILLED)
      const { stdout, error } = await vm(['sh', 'killed.sh'], out, { kernel: '7.2' })
      expect(error).toBeUndefined()
      const [before, killed, after] = stdout.trim().split(/\s+(?=\d+ \d+ )/)
      expect(killed).toMatch(/^0 0\s+1\s+1$/)
      expect(before).toMatch(/^1 5\s+0\s+0$/)
      expect(after).toBe(before)
    } finally {
      rmSync(out, { recursive: true })
    }
  })
})
