/** The examples run as they stand, and the README shows the first of them and what it prints. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

function run(example: string): string {
  return execFileSync(process.execPath, ['--import', 'tsx', `examples/${example}.ts`], {
    cwd: ROOT,
    encoding: 'utf8',
    // A test presses on no real machine.
    env: { ...process.env, GEMRIG_BACKEND: 'fake' },
  })
}

describe('examples', () => {
  it('purge-and-check: the kernel says that the buffer is gone, and touching it is an error', () => {
    const source = readFileSync(`${ROOT}/examples/purge-and-check.ts`, 'utf8')
    const output = run('purge-and-check')
    expect(output).toContain('given away: { retained: true }\ntaken back: { retained: false }\n')
    expect(output).toContain('SIGBUS, the pages were purged')
    const readme = readFileSync(`${ROOT}/README.md`, 'utf8')
    expect(readme).toContain(source.slice(source.indexOf('import ')))
    expect(readme).toContain(output)
  })

  it('dma-heap: the memory holds what was written between the brackets', () => {
    expect(run('dma-heap')).toBe("8388608 bytes of the heap 'system' hold what was written to them\n")
  })

  it('stress-from-code: buffers are purged, and the verdict is a pass', () => {
    const purged = /(\d+) purged buffers touched, (\d+) retained ones verified: pass/.exec(
      run('stress-from-code'),
    )
    expect(Number(purged?.[1])).toBeGreaterThan(0)
    expect(Number(purged?.[2])).toBeGreaterThan(0)
  })
})
