/** The kernel's log during a run: what it says turns the verdict, or does not, by name. */
import { expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard, type FakeBoard } from '../../src/board/fake-board.js'
import type { KernelLogEvent, StressEvent } from '../../src/events/stress-event.js'
import { settledRecord } from '../../src/oracle/conditional-records.js'
import { Judge } from '../../src/oracle/judge.js'
import { RunSummary } from '../../src/report/run-summary.js'
import { KernelWatch } from '../../src/stress/kernel-watch.js'
import { makePlan } from '../../src/stress/plan.js'
import { lyingBoard, stress } from './lying-board.js'

const BEGIN: StressEvent = {
  type: 'run-begin',
  t: 0,
  gemrig: '0',
  board: 'fake',
  description: '',
  driver: 'panfrost',
  driverVersion: '1.2',
  node: '/dev/dri/renderD128',
  plan: makePlan({}),
}
const WARNS = 'drivers/gpu/drm/panfrost/panfrost_mmu.c:339 panfrost_mmu_map'

/** A board on which `happens` happens when the run has gone on for a second. */
function boardWhere(happens: (board: FakeBoard) => void): Board {
  const board = createFakeBoard({ seed: 1 })
  const start: Board['start'] = (name, role, args) => {
    if (name === 'actor 0') void board.clock.sleep(1000).then(() => happens(board))
    return board.start(name, role, args)
  }
  return { ...board, start }
}

/** As they are when the run is over. */
function logOf(events: readonly StressEvent[]): KernelLogEvent[] {
  return events.flatMap((event, at) => {
    if (event.type !== 'kernel-log') return []
    const settled = events.slice(at).find(({ type }) => type === 'kernel-log-settled')
    return settled?.type === 'kernel-log-settled' ? [settledRecord(event, settled)] : [event]
  })
}

test('a run marks its begin and end in the log, and both are in its journal', async () => {
  const board = createFakeBoard()
  const { verdict, events } = await stress(board)
  expect(verdict).toBe('pass')
  const marks = logOf(events).filter(({ name }) => name === 'user-space')
  expect(marks.map(({ text }) => text)).toEqual([
    'gemrig: stress seed 1 begins',
    'gemrig: stress seed 1 ends',
  ])
  expect(events.find(({ type }) => type === 'kernel-log-begin')).toMatchObject({ readable: true, taint: 0 })
  expect(events.find(({ type }) => type === 'kernel-log-end')).toMatchObject({ lost: 0, newTaint: [] })
  // What was printed before is not the run's.
  const again = await stress(board)
  expect(logOf(again.events)[0]?.text).toBe('gemrig: stress seed 1 begins')
})

test('a run makes the kernel print again what it prints once only, where debugfs is there', async () => {
  const board = createFakeBoard()
  const written: string[] = []
  const files: Board['files'] = {
    ...board.files,
    write: (path, text) => {
      if (!path.startsWith('/sys/kernel/debug/')) return board.files.write(path, text)
      written.push(`${path} ${text}`)
      return Promise.resolve(0)
    },
  }
  const begin = async (on: Board) => {
    const { events } = await stress(on)
    return events.find(({ type }) => type === 'kernel-log-begin')
  }
  expect(await begin({ ...board, files })).toMatchObject({ warnOnceCleared: true })
  expect(written).toContain('/sys/kernel/debug/clear_warn_once 1')
  expect(await begin(createFakeBoard())).toMatchObject({ warnOnceCleared: false })
})

test('a warning fails the run; it is one record with its trace, at the time when it was printed', async () => {
  const board = boardWhere(({ kernel }) => {
    kernel.log.warn('drivers/gpu/drm/drm_gem.c:999 drm_gem_object_free', 7)
  })
  const { verdict, oracles, violations, events } = await stress(board)
  expect({ verdict, oracles }).toEqual({ verdict: 'fail', oracles: ['no-new-kernel-warning'] })
  expect(violations).toEqual([
    'no-new-kernel-warning: gem-invariant: WARNING: CPU: 0 PID: 7 at drivers/gpu/drm/drm_gem.c:999 drm_gem_object_free+0x0/0x0',
  ])
  const [warning] = logOf(events).filter(({ name }) => name === 'gem-invariant')
  expect(warning?.lines).toHaveLength(3)
  expect(warning?.lines?.[0]).toContain('cut here')
  // Started a little after the run began; printed a second later.
  expect(Math.abs((warning?.t ?? 0) - 1_000_000)).toBeLessThan(300_000)
  expect(events.find(({ type }) => type === 'kernel-log-end')).toMatchObject({ newTaint: ['W'] })
})

test.each([
  ['root-reclaim', 'fail'],
  ['cgroup-squeeze', 'inconclusive'],
] as const)('the warning of a CREATE_BO without pages, in a phase of %s: %s', async (pressure, verdict) => {
  const board = boardWhere(({ kernel }) => kernel.log.warn(WARNS, 7))
  const result = await stress(board, { pressure: [pressure], durationMs: 6000 })
  expect(result.verdict).toBe(verdict)
  const [warning] = logOf(result.events).filter(({ lines }) => lines !== undefined)
  expect(warning?.name).toBe('panfrost-create-bo-no-pages')
  expect(warning?.expected).toBe(pressure === 'cgroup-squeeze' ? true : undefined)
})

test.each(['root-reclaim', 'machine-pressure'] as const)(
  'is expected in %s too when the kernel refused an operation of the workload there for want of memory',
  async (pressure) => {
    const board = createFakeBoard({ seed: 1 })
    const refusing = lyingBoard(({ panfrost, ...backend }) => {
      let calls = 0
      const createBo: typeof panfrost.createBo = (...args) => {
        if (++calls !== 50) return panfrost.createBo(...args)
        board.kernel.log.warn(WARNS, 7)
        return -ERRNO.ENOMEM
      }
      return { ...backend, panfrost: { ...panfrost, createBo } }
    }, board)
    const result = await stress(refusing, { pressure: [pressure], actors: 1 })
    expect(result).toMatchObject({ verdict: 'pass', total: { refusedForMemory: 1 } })
    const warnings = logOf(result.events).filter(({ lines }) => lines !== undefined)
    expect(warnings).toMatchObject([{ name: 'panfrost-create-bo-no-pages', expected: true }])
  },
)

test.each([
  'BUG: KASAN: slab-use-after-free in panfrost_gem_free_object+0x10/0x20',
  'Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000',
  'Internal error: Oops: 0000000096000004 [#1] SMP',
  'INFO: task gemrig:123 blocked for more than 120 seconds.',
  'rcu: INFO: rcu_sched self-detected stall on CPU',
  'UBSAN: array-index-out-of-bounds in mm/shrinker.c:1:2',
  'refcount_t: underflow; use-after-free.',
  'list_del corruption. prev->next should be 1',
  'WARNING: possible circular locking dependency detected',
  'BUG: Bad page state in process x',
])('fails on %s', async (text) => {
  const { verdict, oracles } = await stress(boardWhere(({ kernel }) => kernel.log.print(text)))
  expect({ verdict, oracles }).toEqual({ verdict: 'fail', oracles: ['no-new-kernel-warning'] })
})

test.each([
  'sh (17): drop_caches: 2',
  'Purging 65536 bytes',
  'Memory cgroup out of memory: Killed process 17 (x) total-vm:1kB, anon-rss:1kB',
  'a line that nobody knows',
])('does not fail on %s', async (text) => {
  const { verdict } = await stress(boardWhere(({ kernel }) => kernel.log.print(text)))
  expect(verdict).toBe('pass')
})

test('does not believe user space that writes like the kernel', async () => {
  const board = boardWhere((fake) => {
    const log = fake.openKernelLog()
    if (typeof log !== 'number') log.write('<0>BUG: KASAN: slab-use-after-free in x')
  })
  expect((await stress(board)).verdict).toBe('pass')
})

test('the same warning many times is one finding', async () => {
  const board = boardWhere(({ kernel }) => {
    for (let pid = 1; pid < 30; pid++) kernel.log.warn('mm/a.c:1 f', pid)
  })
  const { violations, events } = await stress(board)
  expect(violations).toHaveLength(1)
  expect(logOf(events).filter(({ name }) => name === 'warning')).toHaveLength(29)
})

test('a log that was overwritten before it could be read cannot be called clean', async () => {
  const board = boardWhere(({ kernel }) => {
    for (let line = 0; line < 20_000; line++) kernel.log.print('x')
  })
  const { verdict, reason, events } = await stress(board)
  expect(verdict).toBe('inconclusive')
  expect(reason).toMatch(/^\d{4,5} records of the kernel log were lost/)
  const lost = events.find((event) => event.type === 'kernel-log-end')?.lost ?? 0
  expect(lost + logOf(events).filter(({ text }) => text === 'x').length).toBe(20_000)
})

test('a taint that the log does not explain fails the run', async () => {
  const board = createFakeBoard({ seed: 1 })
  let reads = 0
  const read: Board['files']['read'] = async (path) =>
    path === '/proc/sys/kernel/tainted' && ++reads > 1 ? `${(1 << 5) | (1 << 9)}\n` : board.files.read(path)
  const { violations } = await stress({ ...board, files: { ...board.files, read } })
  expect(violations).toEqual(['no-new-kernel-warning: new taint: B (bad page), W (a warning was printed)'])
})

test('a log that is not for this user is said to be so, and is no reason to fail', async () => {
  const { verdict, events } = await stress({
    ...createFakeBoard({ seed: 1 }),
    openKernelLog: () => -ERRNO.EPERM,
  })
  expect(verdict).toBe('pass')
  expect(events.find(({ type }) => type === 'kernel-log-begin')).toMatchObject({
    readable: false,
    reason: '/dev/kmsg: EPERM',
  })
})

test('what a phase provoked may come for a while after it, and what it did not provoke may not', async () => {
  const { kernel, ...board } = createFakeBoard()
  const events: StressEvent[] = []
  const watch = new KernelWatch(board, { emit: (event) => events.push(event) })
  const timeOut = () => kernel.log.print('panfrost ff9a0000.gpu: gpu sched timeout, js=1, config=0x0')
  await watch.begin('test')
  for (const met of [['panfrost-job-timeout'], []]) {
    watch.expect([], ['panfrost-job-timeout'])
    timeOut()
    watch.settle(met)
    timeOut()
  }
  await watch.end('test')
  const timeouts = logOf(events).filter(({ name }) => name === 'panfrost-job-timeout')
  expect(timeouts.map(({ expected }) => expected)).toEqual([true, true, undefined, undefined])
})

test('what a phase may provoke is in the journal at once, and is judged when the phase is over', async () => {
  const { kernel, ...board } = createFakeBoard()
  const events: StressEvent[] = []
  const watch = new KernelWatch(board, { emit: (event) => events.push(event) })
  await watch.begin('test')
  watch.expect([], ['panfrost-job-timeout'])
  kernel.log.print('panfrost ff9a0000.gpu: gpu sched timeout, js=1, config=0x0')
  watch.poll()
  expect(events.at(-1)).toMatchObject({ name: 'panfrost-job-timeout', conditional: true })
  // A board that is lost now leaves this.
  const cutOff = [...events]
  const judged = (journal: readonly StressEvent[]) => {
    const judge = new Judge('panfrost')
    return journal.flatMap((event) => judge.observe(event)).map(({ message }) => message)
  }
  expect(judged(cutOff)).toEqual([])
  watch.settle([])
  expect(events.at(-1)).toMatchObject({ type: 'kernel-log-settled', provoked: [] })
  expect(judged(events)).toEqual([expect.stringMatching(/^panfrost-job-timeout: .*sched timeout/)])
  const summaryOf = (journal: readonly StressEvent[]) => {
    const summary = new RunSummary()
    for (const event of [BEGIN, ...journal]) summary.observe(event)
    return summary.result('').kernelLog.messages
  }
  expect(summaryOf(cutOff)).toMatchObject([{ count: 1, expected: 0, notJudged: 1 }])
  expect(summaryOf(events)).toMatchObject([{ count: 1, expected: 0 }])
  expect(summaryOf(events)[0]).not.toHaveProperty('notJudged')
  watch.stop('test')
  expect(events.filter(({ type }) => type === 'kernel-log-settled')).toHaveLength(1)
})
