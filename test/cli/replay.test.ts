import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gemrig } from './command.js'

const home = mkdtempSync(join(tmpdir(), 'gemrig-replay-'))
const run = join(home, 'run')

beforeAll(async () => {
  await gemrig(['stress', '--duration', '1', '--actors', '2', '--buffers', '16', '--out', run])
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('gemrig replay', () => {
  test('runs the folder of a run again, and its journal', async () => {
    const [folder, file] = [
      await gemrig(['replay', run, '--json']),
      await gemrig(['replay', join(run, 'events.jsonl')]),
    ]
    expect(folder.exitCode).toBe(0)
    const result = JSON.parse(folder.stdout) as { steps: number; purged: number; violations: unknown[] }
    expect(result).toMatchObject({ violations: [], interrupted: false })
    expect(result.steps).toBeGreaterThan(100)
    expect(result.purged).toBeGreaterThan(0)
    expect(file).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`${result.steps} steps`) as string,
    })
  })

  test('is inconclusive without steps', async () => {
    const empty = join(home, 'empty')
    mkdirSync(empty)
    const [begin] = readFileSync(join(run, 'events.jsonl'), 'utf8').split('\n')
    writeFileSync(join(empty, 'events.jsonl'), `${begin}\n`)
    const { exitCode, stdout } = await gemrig(['replay', empty])
    expect([exitCode, stdout]).toEqual([
      125,
      expect.stringContaining('inconclusive, the journal has no steps'),
    ])
  })

  test.each([
    [['replay', join(home, 'none')], /name the folder of a run/],
    [['replay', import.meta.filename], /is no journal/],
  ])('%s is wrong use', async (args, message) => {
    const { exitCode, stderr } = await gemrig(args)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(message)
  })
})

describe('gemrig conform --differential', () => {
  const SHORT = ['conform', '--differential', '--programs', '3', '--length', '50']

  test('of the simulation with itself finds nothing', async () => {
    const { exitCode, stdout, stderr } = await gemrig([...SHORT, '--backend', 'fake:7.2', '--json'])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ programs: 3, steps: 150, differing: [] })
    expect(stderr).toMatch(/simulated Linux 7.2 against fake board \(simulated Linux 7.2/)
  })

  test('compares with the simulated kernel that is asked for, and shows where that one is wrong', async () => {
    const against = ['--against', 'fake:7.2', '--seed', '9', '--programs', '1', '--length', '200']
    const { exitCode, stdout, stderr } = await gemrig([...SHORT, '--backend', 'fake:6.1', ...against])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/fake board \(simulated Linux 7.2.* against fake board \(simulated Linux 6.1/)
    expect(stdout).toMatch(/shortened to \d+ steps/)
  })

  test.each([
    ['native', /must be fake/],
    ['fake:bug=none', /bug/],
    ['fake:rk3588', /has not/],
  ])('--against %s is wrong use', async (against, message) => {
    const { exitCode, stderr } = await gemrig([...SHORT, '--backend', 'fake', '--against', against])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('takes no number of programs below 1, and no rows', async () => {
    expect((await gemrig(['conform', '--differential', '--programs', '0'])).exitCode).toBe(2)
    expect((await gemrig([...SHORT, '--row', 'mmap'])).exitCode).toBe(2)
  })
})

test('gemrig devices --clients lists clients of the board', async () => {
  const { exitCode, stdout } = await gemrig(['devices', '--clients', '--json'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ clients: [], hiddenProcesses: 0 })
})
