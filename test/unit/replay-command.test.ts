/** The command that does a run again: what is in it, and that a shell gives back each word. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { readBoardWords, vmOptions } from '../../src/board/virtual-board-words.js'
import { chooseBoard } from '../../src/choose-board.js'
import type { RunBegin } from '../../src/events/stress-event.js'
import { replayCommand } from '../../src/report/replay-command.js'
import { DEFAULT_PLAN, makePlan } from '../../src/stress/plan.js'
import { boardOptions } from '../../src/vm/board-options.js'
import { findVirtualBoard } from '../../src/vm/boards/index.js'
import { machineSize } from '../../src/vm/machine/machine-size.js'
import { qemuCommand } from '../../src/vm/machine/qemu-command.js'
import { stress } from './lying-board.js'

const BEGIN: RunBegin = {
  type: 'run-begin',
  t: 0,
  gemrig: '0.0.0',
  board: 'real',
  description: '',
  driver: 'panfrost',
  driverVersion: '1.2',
  node: '/dev/dri/renderD128',
  plan: DEFAULT_PLAN,
  askedFor: ['native'],
}
const FILES = {
  ...{ kernel: '/k', initramfs: '/i', deviceTree: '/d' },
  ...{ registers: '/r', systemImage: '/s', shared: '/o', shares: [] },
}
const PLAN_WORDS = ['--seed', '1', '--duration', '15000ms', '--actors', '2', '--buffers', '64']

/** As a shell takes it apart. */
const wordsOf = (command: string) =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)

/** A guest's kernel command line, as /proc/cmdline shows it. */
function commandLineOf(board: string, options: Parameters<typeof boardOptions>[0], append?: string): string {
  const machine = findVirtualBoard(board)
  const wishes = { accelerator: 'tcg', options: boardOptions(options), append } as const
  const command = qemuCommand(machine, machineSize(machine), FILES, wishes)
  return `${command[command.indexOf('-append') + 1] ?? ''}\n`
}

describe('of a virtual board', () => {
  const options = { memoryMiB: 512, cpus: 1, gpu: 'model', swapMiB: 64, kernel: 'a, b/Image%2' } as const
  const append = `dyndbg="module panfrost +p" it's gemrig.vm=x`

  test.each([
    ['rk3399', {}, undefined, []],
    ['rk3588', { kernel: '7.2' }, undefined, ['--kernel', '7.2']],
    ['rk3288', {}, append, ['--append', append]],
    [
      'rk3568',
      options,
      append,
      [
        ...['--gpu', 'model', '--memory', '512', '--cpus', '1', '--kernel', 'a, b/Image%2', '--swap', '64'],
        ...['--append', append],
      ],
    ],
  ])('%s %j has what its kernel was told', (board, given, more, expected) => {
    const words = readBoardWords(commandLineOf(board, given, more))
    if (words === undefined) throw new Error('no virtual board')
    const command = replayCommand({ ...BEGIN, board: 'virtual', askedFor: vmOptions(words) })
    expect(wordsOf(command)).toEqual([
      ...['gemrig', 'vm', '--board', board, ...expected],
      ...['--', 'gemrig', 'stress', ...PLAN_WORDS],
    ])
  })

  test('is not what any other machine is', () => {
    expect(readBoardWords('console=ttyAMA0 notgemrig.board=rk3399\n')).toBeUndefined()
  })
})

test('has only the options that differ from the usual ones', () => {
  expect(replayCommand(BEGIN)).toBe(`gemrig stress ${PLAN_WORDS.join(' ')} --backend native`)
  const options = { driver: 'panthor', node: '/dev/a b', swapBytes: 64 << 20, allowDisruptive: true } as const
  const plan = makePlan({ scenario: 'churn', seed: 7, pressure: ['drop-caches', 'root-reclaim'] })
  expect(wordsOf(replayCommand({ ...BEGIN, plan, options }))).toEqual([
    ...['gemrig', 'stress', 'churn', '--seed', '7', ...PLAN_WORDS.slice(2)],
    ...['--pressure', 'drop-caches', 'root-reclaim', '--driver', 'panthor', '--node', '/dev/a b'],
    ...['--swap', '64M', '--allow-disruptive', '--backend', 'native'],
  ])
})

test('of a fake board has its whole wish', async () => {
  const wish = 'fake:7.2+shrinker,swap=64M,lru_gen,shrinker-debug,bug=double-dontneed'
  const device = { driver: 'panfrost', node: '/dev/dri/renderD128' }
  const { events } = await stress(chooseBoard(wish, { seed: 1 }).board, { durationMs: 1000 }, { device })
  const begin = events.find(({ type }) => type === 'run-begin') as RunBegin
  expect(begin).toMatchObject({ askedFor: [wish], options: device })
  expect(replayCommand(begin)).toMatch(
    /--driver panfrost --node \/dev\/dri\/renderD128 --backend fake:7\.2\+shrinker,swap=64M,lru_gen,shrinker-debug,bug=double-dontneed$/,
  )
})
