/** The benchmark's loops, in JavaScript and in C, run on a board; the times of so short a run are worth nothing. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { MISSING } from './vm-run.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

interface Results {
  readonly host: {
    readonly bandwidths: { readonly name: string; readonly gigabytesPerSecond: number }[]
    readonly calls: { readonly name: string; readonly ns: number }[]
  }
  readonly board: {
    readonly clockNs: number
    readonly rows: { readonly name: string; readonly cNs: number }[]
    readonly times: { readonly name: string; readonly times: Record<string, number[]> }[]
  }
}

describe.skipIf(MISSING.length > 0)(`bench:native${skipped}`, () => {
  it('measures every case in each of its ways', { timeout: 600_000 }, () => {
    const options = ['--rounds', '2', '--milliseconds', '1', '--cold', '--json']
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/native/run.mjs', ...options], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(0)
    const { host, board } = JSON.parse(stdout) as Results
    expect(host.bandwidths.map(({ name }) => name)).toEqual(['memcmp', 'verify', 'memset', 'fill', 'hash'])
    for (const { ns } of host.calls) expect(ns).toBeGreaterThan(0)
    const ways = board.times.map(({ name, times }) => `${name}: ${Object.keys(times).join(' ')}`)
    expect(ways).toEqual([
      'madvise: c single native cBatch batch nativeBatch program',
      'create + close: c single native cBatch batch nativeBatch program',
      'map + touch + unmap: c single native program',
      ...['4 KiB', '1 MiB', '8 MiB', '32 MiB'].map((size) => `heap ${size} + close: c single native program`),
      'verify 8 MiB: c memory',
      'fill 8 MiB: c memory',
    ])
    for (const { times } of board.times)
      for (const rounds of Object.values(times)) {
        expect(rounds).toHaveLength(2)
        for (const time of rounds) expect(time).toBeGreaterThan(0)
      }
    expect(board.rows.map(({ name }) => name)).toEqual(board.times.map(({ name }) => name))
  })
})
