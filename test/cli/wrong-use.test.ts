/** Bad input: one clear line, exit code 2 (or 3 where the board is at fault), a typed error with --json. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gemrig } from './command.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('what cannot be run', () => {
  it.each([
    [['stress', '--bufers', '3'], 2, /unknown option '--bufers'/],
    [['strss'], 2, /unknown command 'strss'/],
    [['stress', '--driver', 'nvidia'], 2, /unknown driver 'nvidia'; gemrig drives: panfrost/],
    [['stress', '--backend', 'real'], 2, /it can be auto, native, fake/],
    [['stress', '--pressure', 'wishes'], 2, /Allowed choices are cgroup-squeeze/],
    [['stress', '--seed', '-1'], 2, /It must be a whole number/],
    [['stress', '--seed', '4294967296'], 2, /seed must be a whole number from 0 to 4294967295/],
    [['stress', '--duration', 'NaN'], 2, /It must be a duration such as 30s/],
    [['stress', '--duration', '10ms'], 2, /duration in ms must be a whole number from 1000/],
    [['stress', '--buffers', '0'], 2, /buffers must be a whole number from 8 to 65536, not 0/],
    [['stress', '--actors', '65'], 2, /actors must be a whole number from 1 to 64/],
    [
      ['stress', '--buffers', '60000'],
      3,
      /need about \d+ MiB, and \d+ MiB are available: use fewer --buffers/,
    ],
    [
      [
        'stress',
        '--file',
        'x.json',
        '--duration',
        '1s',
        '--seed',
        '1',
        '--actors',
        '2',
        '--pressure',
        'drop-caches',
      ],
      2,
      /--file says this of each phase: leave out --seed, --duration, --actors, --pressure$/m,
    ],
    [['stress', 'evict-refault'], 3, /no panthor device.*choose a simulated machine that has it/],
    [['stress', '--node', '/dev/null'], 3, /no such node|not a DRM node/],
    [['stress', '--node', '/dev/dri/nope'], 3, /there is no such node/],
    [
      ['stress', '--backend', 'native', '--node', '/dev/null'],
      3,
      /it is not a DRM node|native addon|prebuilt addon/,
    ],
    [
      ['stress', '--out', '/proc/nope'],
      2,
      /cannot write results to \/proc\/nope \(ENOENT\): choose another --out/,
    ],
    [['stress', '--out', '/dev/null'], 2, /cannot write results to \/dev\/null/],
    [
      ['vm', '--board', 'rk9999', '--', 'gemrig', 'devices'],
      2,
      /no virtual board 'rk9999'; there is: rk3399/,
    ],
    [['vm', '--', 'ls'], 2, /the guest runs gemrig commands, not 'ls'/],
    [['vm', '--swap', '99999G', '--', 'gemrig', 'devices'], 2, /8192 MiB of swap are the most/],
    [
      ['vm', '--dry-run', '--kernel', '/etc/passwd', '--', 'gemrig', 'devices'],
      2,
      /\/etc\/passwd is no kernel/,
    ],
    [['vm', 'build-kernel', '--kernel', 'abc'], 2, /'abc' is no kernel series such as 6.12/],
    [['vm', 'build-kernel', '--fragment', '/tmp'], 2, /there is no fragment file \/tmp/],
    [['vm'], 2, /no command for the guest/],
    [['vm', 'matrix', '--', 'conform'], 2, /the guest runs gemrig commands, not 'conform'/],
    [
      ['vm', 'matrix', '--junit', '/proc/nope/x.xml', '--', 'gemrig', 'devices'],
      2,
      /\/proc\/nope\/x.xml cannot be written/,
    ],
  ] as const)('%j', async (args, exitCode, message) => {
    const where = args[0] === 'stress' && !args.includes('--out' as never) ? ['--out', join(folder, 'x')] : []
    const result = await gemrig([...args, ...where])
    expect(result.exitCode).toBe(exitCode)
    expect(result.stderr).toMatch(message)
    expect(result.stdout).toBe('')
    expect(result.stderr).not.toMatch(/\n {4}at /)
  })

  it('leaves no folder behind when the run never began', async () => {
    await gemrig(['stress', '--node', '/dev/dri/nope', '--out', join(folder, 'never')])
    expect(readdirSync(folder)).not.toContain('never')
  })

  it('refuses a folder that holds a run, and loses nothing of it', async () => {
    writeFileSync(join(folder, 'events.jsonl'), 'precious\n')
    const result = await gemrig(['stress', '--out', folder])
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toMatch(/holds a run already: choose another --out/)
  })

  it.each([
    [['stress', '--json', '--buffers', '0'], { type: 'RangeError', code: 'wrong-use' }, 2],
    [['stress', '--json', '--nonsense'], { type: 'CommanderError', code: 'commander.unknownOption' }, 2],
    [['stress', '--json', '--node', '/dev/dri/nope'], { type: 'NoDeviceError', code: 'ENOENT' }, 3],
    [
      ['vm', '--json', '--board', 'x', '--', 'gemrig', 'devices'],
      { type: 'VmError', code: 'unknown-board' },
      2,
    ],
    [['vm', 'prepare', '--board', 'x', '--json'], { type: 'VmError', code: 'unknown-board' }, 2],
  ] as const)('with --json %j is one typed error on stdout', async (args, error, exitCode) => {
    const result = await gemrig(args)
    expect(JSON.parse(result.stdout)).toMatchObject({ error, exitCode })
    expect(result.exitCode).toBe(exitCode)
  })
})

describe('--help', () => {
  it.each([
    [[]],
    ...[
      'devices',
      'probe',
      'stress',
      'conform',
      'replay',
      'hunt',
      'bench',
      'report',
      'compare',
      'expect',
      'vm',
    ].map((verb) => [[verb]]),
    [['vm', 'prepare']],
    [['vm', 'matrix']],
    [['vm', 'build-kernel']],
  ])('%j shows an example', async (verb) => {
    const result = await gemrig([...verb, '--help'])
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toMatch(/^Examples:\n {2}gemrig /m)
  })
})
