import { describe, expect, test } from 'vitest'
import { type Condition, WALKERS } from '../../src/bench/walkers/conditions.js'
import { findingsOf } from '../../src/bench/walkers/findings.js'
import { jainIndex, runWalker, type WalkerRun } from '../../src/bench/walkers/run-walkers.js'
import { EventScheduler, SpinLock, spend, type Steps } from '../../src/bench/walkers/scheduler.js'
import { walkersText } from '../../src/report/walkers-table.js'

const BASE: Condition = { cpus: 4, objectSize: '64 KiB', obstacle: 'none', bulkMoves: false }

describe('the scheduler', () => {
  test('a spinlock goes to those who wait in the order in which they came, and counts what they waited', () => {
    const scheduler = new EventScheduler()
    const lock = new SpinLock()
    const got: string[] = []
    function* holder(name: string): Steps {
      yield { op: 'lock', lock }
      got.push(`${name} at ${scheduler.nowSteps}`)
      yield spend(10)
      yield { op: 'unlock', lock }
    }
    for (const [at, name] of ['a', 'b', 'c'].entries()) scheduler.spawn(holder(name), at)
    scheduler.run()
    expect(got).toEqual(['a at 0', 'b at 10', 'c at 20'])
    expect([lock.holdSteps, lock.waitSteps, lock.acquisitions]).toEqual([30, 27, 3])
  })

  test('refuses what a kernel would hang or warn about', () => {
    const lock = new SpinLock()
    const run = (ops: ('lock' | 'unlock')[]) => () => {
      const scheduler = new EventScheduler()
      scheduler.spawn(
        (function* (): Steps {
          for (const op of ops) yield { op, lock }
        })(),
      )
      scheduler.run()
    }
    expect(run(['unlock'])).toThrow('does not hold')
    expect(run(['lock', 'lock'])).toThrow('that it holds')
  })
})

describe('the walkers', () => {
  test.each(WALKERS)('%s: the same seed gives the same numbers, another one does not', (walker) => {
    const condition: Condition = { ...BASE, objectSize: 'mixed', obstacle: 'locked', bulkMoves: true }
    expect(runWalker(walker, condition, 3)).toEqual(runWalker(walker, condition, 3))
    expect(runWalker(walker, condition, 3)).not.toEqual(runWalker(walker, condition, 4))
  })

  test.each(WALKERS)(
    '%s: 8 CPUs and moves of whole VMs free no object twice, and no busy or locked one',
    (walker) => {
      for (const obstacle of ['none', 'locked', 'busy'] as const) {
        const condition: Condition = { cpus: 8, objectSize: '4 KiB', obstacle, bulkMoves: true }
        const run = runWalker(walker, condition, 1)
        expect(run.freedOfDevicePages).toBeGreaterThan(0)
        // 30 % of 1024 objects are held back, with some luck a few less.
        if (obstacle !== 'none') expect(run.freedOfDevicePages).toBeLessThan(800)
      }
    },
  )

  test('a walker that does not reserve what it frees is found out', () => {
    const careless = () =>
      runWalker('walk', BASE, 1, {
        create: (world) => ({
          batch: 1,
          count: () => world.pagesLeft,
          *scan(_cpu, control) {
            control.nrScanned = 1
            const object = world.objects.find(({ resource }) => resource !== null)
            return object === undefined ? -1 : yield* world.process(object)
          },
        }),
      })
    expect(careless).toThrow('an object was freed twice')
  })

  test('a walker that touches the LRU without its lock is found out', () => {
    const unlocked = () =>
      runWalker('walk', BASE, 1, {
        create: (world) => ({
          batch: 1,
          count: () => world.pagesLeft,
          *scan() {
            return [...world.manager.resources()].length
          },
        }),
      })
    expect(unlocked).toThrow('without its lock')
  })

  test('one object a call never gets past a busy one at the head; both walks do', () => {
    const condition: Condition = { ...BASE, cpus: 1, objectSize: '4 KiB', obstacle: 'busy-oldest' }
    const [one, walk, cursor] = WALKERS.map((walker) => runWalker(walker, condition, 1))
    expect(one?.freedOfDevicePages).toBe(0)
    expect(one?.foundBusy).toBeGreaterThan(100)
    expect(walk?.freedOfDevicePages).toBeGreaterThan(0)
    expect(cursor?.freedOfDevicePages).toBeGreaterThan(0)
  })

  test("Jain's index is 1 for equal shares, 1/n when one has all, and nothing when nobody has any", () => {
    expect(jainIndex([2, 2, 2])).toBe(1)
    expect(jainIndex([0, 5, 0, 0])).toBe(0.25)
    expect(jainIndex([0, 0])).toBeNull()
  })
})

describe('the findings', () => {
  const runs = (['4 KiB', '64 MiB'] as const).flatMap((objectSize) =>
    WALKERS.map((walker) => runWalker(walker, { ...BASE, objectSize }, 1)),
  )
  const close = (of: readonly WalkerRun[]) =>
    findingsOf(of).find(({ id }) => id === 'close-to-what-was-asked')

  test('follow from the numbers: with the walkers exchanged the opposite is found', () => {
    const names = { 'one-object': 'walk', walk: 'one-object', cursor: 'cursor' } as const
    const before = close(runs)
    const after = close(runs.map((run) => ({ ...run, walker: names[run.walker] })))
    expect(before).toMatchObject({ right: 2, wrong: 0 })
    expect(after).toMatchObject({ right: 0, wrong: 2 })
    expect(before?.sentence).toContain('right in 2 of 2 conditions')
  })

  test('end the text, one sentence each', () => {
    const findings = findingsOf(runs)
    const text = walkersText(1, runs, findings)
    for (const { sentence } of findings) expect(text).toContain(`- ${sentence}\n`)
  })
})
