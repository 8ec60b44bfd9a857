/** What becomes of a run when the answer cannot be printed, and when gemrig itself has a bug. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withoutAnswer } from '../../src/cli/exit-codes.js'
import { gemrig, type CommandOptions } from './command.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-output-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const SHORT = ['--duration', '1s', '--pressure', 'root-reclaim', '--actors', '1', '--buffers', '16']
const stress = (name: string, args: readonly string[], options: CommandOptions) =>
  gemrig(['stress', 'churn', '--out', join(folder, name), ...args], options)
const lastEvent = (name: string): unknown =>
  JSON.parse(
    readFileSync(join(folder, name, 'events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .at(-1) ?? '',
  )

describe('a stream that cannot be written to', () => {
  it('for the answer: the run is whole, and the exit code no verdict', async () => {
    const run = await stress('stdout', SHORT, { full: 'stdout' })
    expect(run.exitCode).toBe(3)
    expect(run.stderr).toMatch(/^gemrig: the answer could not be written to stdout \(ENOSPC\)$/m)
    expect(run.stderr).not.toMatch(/\n {4}at /)
    expect(lastEvent('stdout')).toMatchObject({ type: 'run-end', verdict: 'pass' })
    expect((await stress('bisect', [...SHORT, '--bisect'], { full: 'stdout' })).exitCode).toBe(125)
  })

  it('for what is told meanwhile: nothing is lost', async () => {
    const { exitCode, stdout } = await stress('stderr', SHORT, { full: 'stderr' })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^pass: /m)
    expect(lastEvent('stderr')).toMatchObject({ type: 'run-end', verdict: 'pass' })
  })

  it('changes no exit code that is worse', () => {
    expect([0, 1, 2, 3, 125, 130].map(withoutAnswer)).toEqual([3, 1, 2, 3, 3, 130])
  })
})

describe('a bug in gemrig itself', () => {
  const preload = (query = '') => new URL(`./breaks-later.mjs${query}`, import.meta.url)

  it.each([
    ['exception', '', [], 3],
    ['rejection', '?rejection', ['--bisect'], 125],
  ])('(%s) is no broken promise: the run ends in order', async (name, query, args, code) => {
    const { exitCode, stderr } = await stress(name, ['--duration', '24h', ...args], {
      preload: preload(query),
    })
    expect(exitCode).toBe(code)
    expect(stderr).toMatch(
      /^gemrig: an error of gemrig itself: no such thing\n {2}please report .*\n {4}at /m,
    )
    expect(lastEvent(name)).toMatchObject({ type: 'run-end', verdict: 'interrupted' })
  })
})
