/** `gemrig conform` as a user runs it, on the fake board. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { ConformRun } from '../../src/conform/conform-run.js'
import { gemrig } from './command.js'

describe('gemrig conform', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gemrig-conform-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('runs all rows and ends with 0', async () => {
    const { exitCode, stdout, stderr } = await gemrig(['conform'])
    expect(stdout).toMatch(/purge\.other-file +│ 0 +│ ok/)
    expect(stdout).toMatch(/as expected, 0 different, \d+ not run\n$/)
    expect(stderr).toMatch(/^gemrig conform on fake board/)
    expect(exitCode).toBe(0)
  })

  it('ends as usual when its reader stops early, as head does', () => {
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
    const script = 'set -o pipefail; "$0" "$1" conform --list --json | head -c 10'
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, main], {
      encoding: 'utf8',
    })
    expect([status, stdout, stderr]).toEqual([0, '[{"id":"me', ''])
  })

  it('prints KTAP, and JSON, and only the rows that were asked for', async () => {
    const ktap = await gemrig(['conform', '--ktap', '--row', 'mmap.length'])
    expect(ktap.stdout).toBe('KTAP version 1\n1..1\nok 1 mmap.length\n')
    const json = await gemrig(['conform', '--json', '--row', 'mmap.*', 'drm.version'])
    const run = JSON.parse(json.stdout) as ConformRun
    expect(run.rows.map(({ id }) => id)).toContain('drm.version')
    expect(run.passed).toBe(run.rows.length)
  })

  it('is inconclusive when nothing could be run', async () => {
    const { exitCode, stdout } = await gemrig(['conform', '--ktap', '--row', 'panfrost-new.sync-refused'])
    expect(stdout).toContain('# SKIP holds from panfrost 1.6 (here 1.2)')
    expect(exitCode).toBe(125)
  })

  it('saves a run, and shows saved runs side by side', async () => {
    const file = join(folder, 'fake.json')
    await gemrig(['conform', '--row', 'mmap', '--save', file])
    const table = await gemrig(['conform', '--compare', file, file])
    expect(table.exitCode).toBe(0)
    expect(table.stdout).toMatch(/row +│ expected +│ fake, 6\.12 +│ fake, 6\.12/)
    const calls = await gemrig(['conform', '--compare', file, '--markdown'])
    expect(calls.stdout).toMatch(/\| `memory\.mmap` +\| ok; /)
  })

  it('names the rows', async () => {
    const { stdout } = await gemrig(['conform', '--list', '--row', 'drm.version'])
    expect(stdout).toMatch(/(?:^|\n)drm\.version\n {2}the version names the driver\n {2}drivers\/gpu\/drm/)
  })

  it.each([
    [['--row', 'nothing-of-the-kind'], /no row is called 'nothing-of-the-kind'/],
    [['--compare', '/nowhere.json'], /nowhere\.json cannot be read/],
    [['--markdown'], /--markdown needs --compare/],
    [['--ktap', '--json'], /cannot be used with/],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await gemrig(['conform', ...args])
    expect(exitCode).toBe(2)
    expect(`${stdout}${stderr}`).toMatch(message)
  })
})
