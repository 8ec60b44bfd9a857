import { CommanderError, InvalidArgumentError } from 'commander'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { EXIT, exitCodeOf } from '../../src/cli/exit-codes.js'
import { describeFailure, printFailure } from '../../src/cli/failure.js'
import { parseDuration, parseWhole } from '../../src/cli/options.js'
import { ClosedError, DrmError, NoDeviceError, PermissionError } from '../../src/device/errors.js'
import { KernelFileError } from '../../src/observe/read.js'
import { ResultDirectoryError } from '../../src/report/result-directory.js'
import { BoardError } from '../../src/stress/board-error.js'
import { DEFAULT_PLAN, makePlan } from '../../src/stress/plan.js'
import { VmError } from '../../src/vm/vm-error.js'

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1500ms', 1500],
    ['2h', 7_200_000],
    ['30', 30_000],
    ['1.5s', 1500],
    ['0', 0],
    ['0.1ms', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms))
  test.each(['', 's', '-5s', '5 s', '5d', '1e3', 'NaN', 'Infinity', '5s5', '.5s', '5.s', '5S'])(
    '%j is refused with an example',
    (text) => {
      expect(() => parseDuration(text)).toThrow(InvalidArgumentError)
      expect(() => parseDuration(text)).toThrow(/30s/)
    },
  )
})

describe('whole numbers', () => {
  test.each([
    ['0', 0],
    ['42', 42],
    ['007', 7],
  ])('%s is %d', (text, value) => expect(parseWhole(text)).toBe(value))
  test.each(['', '-1', '1.5', '1e3', '0x10', 'NaN', ' 1', '1_000'])('%j is refused', (text) => {
    expect(() => parseWhole(text)).toThrow(InvalidArgumentError)
  })
})

describe('a plan', () => {
  test('has defaults for what is not wished', () => {
    expect(makePlan({})).toEqual(DEFAULT_PLAN)
    expect(makePlan({ seed: 0, actors: 64 })).toEqual({ ...DEFAULT_PLAN, seed: 0, actors: 64 })
  })
  test.each([
    [{ seed: -1 }, 'seed'],
    [{ seed: 2 ** 32 }, 'seed'],
    [{ durationMs: 999 }, 'duration'],
    [{ durationMs: NaN }, 'duration'],
    [{ durationMs: 8 * 24 * 3600 * 1000 }, 'duration'],
    [{ actors: 0 }, 'actors'],
    [{ actors: 65 }, 'actors'],
    [{ buffers: 7 }, 'buffers'],
    [{ buffers: 65537 }, 'buffers'],
    [{ buffers: 20.5 }, 'buffers'],
    [{ pressure: [] }, 'pressure source'],
    [{ pressure: ['hope' as 'root-reclaim'] }, "'hope'"],
  ])('%j cannot be run', (wishes, name) => {
    expect(() => makePlan(wishes)).toThrow(RangeError)
    expect(() => makePlan(wishes)).toThrow(name)
  })
})

const details = { errno: 13, code: 'EACCES', syscall: 'open', request: '/dev/x' }

describe('a failure becomes an exit code, a type and a code', () => {
  test.each([
    [new RangeError('too much'), 2, 'RangeError', 'wrong-use'],
    [new TypeError('no'), 2, 'TypeError', 'wrong-use'],
    [new ResultDirectoryError('x'), 2, 'ResultDirectoryError', 'result-directory'],
    [new CommanderError(1, 'commander.unknownOption', 'x'), 2, 'CommanderError', 'commander.unknownOption'],
    [new VmError('unknown-board', 'x'), 2, 'VmError', 'unknown-board'],
    [new VmError('guest-lost', 'x'), 3, 'VmError', 'guest-lost'],
    [new BoardError('no-memory', 'x'), 3, 'BoardError', 'no-memory'],
    [new NoDeviceError('x', { ...details, code: 'ENODEV' }), 3, 'NoDeviceError', 'ENODEV'],
    [new PermissionError('x', details), 3, 'PermissionError', 'EACCES'],
    [new DrmError('x', { ...details, code: 'EMFILE' }), 3, 'DrmError', 'EMFILE'],
    [new ClosedError('x', 'map'), 3, 'ClosedError', 'EBADF'],
    [new KernelFileError('/proc/x', 'read', -2), 3, 'KernelFileError', 'ENOENT'],
    [new Error('what?'), 3, 'Error', 'internal'],
  ])('%s', (error, exitCode, type, code) => {
    expect(describeFailure(error)).toMatchObject({ exitCode, type, code })
  })
  test('what is thrown and no error at all', () => {
    expect(describeFailure('text')).toMatchObject({ exitCode: 3, message: 'text' })
  })
})

describe('a failure is told', () => {
  afterEach(() => vi.restoreAllMocks())
  function printed(error: unknown, json: boolean): { out: string; err: string } {
    let [out, err] = ['', '']
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))))
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((err += String(text))))
    printFailure(describeFailure(error), json)
    return { out, err }
  }

  test('in one line for people, even when the message has more', () => {
    expect(printed(new Error('a\nb'), false)).toEqual({ out: '', err: 'gemrig: a b\n' })
  })
  test('with its advice once', () => {
    const { err } = printed(
      new PermissionError('open /dev/x: EACCES', { ...details, advice: 'join the group' }),
      false,
    )
    expect(err).toBe('gemrig: open /dev/x: EACCES: join the group\n')
  })
  test('with the last lines of a console', () => {
    const error = new VmError('guest-panicked', 'the guest died', {
      consoleTail: ['panic', 'trace'],
      advice: 'look',
    })
    expect(printed(error, false).err).toBe(
      'gemrig: the guest died\n  look\n  last lines of the console:\n  | panic\n  | trace\n',
    )
  })
  test('as one JSON object on one line for programs', () => {
    const { out, err } = printed(new PermissionError('no', { ...details, advice: 'join' }), true)
    expect(err).toBe('')
    expect(out.split('\n')).toHaveLength(2)
    expect(JSON.parse(out)).toEqual({
      error: { type: 'PermissionError', code: 'EACCES', message: 'no: join', advice: 'join' },
      exitCode: 3,
    })
  })
})

test('exit codes never exceed 130, and each verdict has its own', () => {
  expect(Math.max(...Object.values(EXIT))).toBe(130)
  const verdicts = ['pass', 'fail', 'inconclusive', 'interrupted'] as const
  expect(verdicts.map(exitCodeOf)).toEqual([0, 1, 125, 130])
})
