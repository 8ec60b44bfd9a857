/** The stepping scheduler of the simulated kernel, and the bugs that it must find. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hunt } from '../../src/hunt/hunt.js'
import { runScenario } from '../../src/hunt/run-scenario.js'
import { churn } from '../../src/hunt/scenarios/churn.js'
import { SCENARIOS, scenarioOf } from '../../src/hunt/scenarios/all.js'
import { programOf, storyOf } from '../../src/hunt/story.js'
import { huntMarkdown } from '../../src/report/hunt-table.js'
import type { BugName } from '../../src/sim/bugs/bug.js'
import { KERNEL_BUGS } from '../../src/sim/bugs/catalog.js'
import { Kernel } from '../../src/sim/kernel.js'
import { mayAllocate } from '../../src/sim/sched/allocation.js'
import { Lock } from '../../src/sim/sched/lock.js'
import type { Path } from '../../src/sim/sched/path.js'
import { Scheduler, type SchedulerOptions } from '../../src/sim/sched/scheduler.js'
import type { Check } from '../../src/sim/sched/violation.js'
import { WaitQueue } from '../../src/sim/sched/wait-queue.js'

const SEEDS = 60

/** Which check finds which bug. */
const FOUND_BY: Readonly<Record<BugName, Check>> = {
  'double-dontneed': 'list-corruption',
  'purge-against-free': 'kernel-warning',
  'madvise-shrinker-abba': 'lock-order',
  'shared-bo-purged': 'purged-in-use',
  'handle-guess': 'use-after-free',
  'heap-fault-put-pages': 'invariant',
  'heap-fault-got-pages-sgt': 'kernel-warning',
  'gem-lru-on-stack': 'use-after-free',
  'shmem-private-mapping': 'kernel-bug',
  'shmem-free-takes-resv': 'lock-order',
  'evict-null-sgt': 'kernel-bug',
  'swapin-keeps-pages': 'invariant',
}

describe('known kernel bugs', () => {
  const hunts = new Map([...hunt(KERNEL_BUGS, { seed: 1, seeds: SEEDS })].map((one) => [one.bug, one]))

  test.each(KERNEL_BUGS)('$name is found, and the fixed code stays clean over the same seeds', (bug) => {
    const result = hunts.get(bug)
    expect(result?.find?.result.violation?.check).toBe(FOUND_BY[bug.name])
    expect(result?.findWithoutBug).toBeNull()
  })

  test('the table in the documentation is what the hunt prints', () => {
    const cells = (table: string) => table.replace(/ +|-{3,}/g, '')
    const page = readFileSync('docs/simulated-kernel.md', 'utf8')
    expect(cells(page)).toContain(cells(huntMarkdown([...hunts.values()])))
  })

  test.each(['double-dontneed', 'shared-bo-purged'])(
    'the shortest program that shows %s is short',
    (name) => {
      const bugs = KERNEL_BUGS.filter((bug) => bug.name === name)
      const [result] = [...hunt(bugs, { seed: 1, seeds: SEEDS, minimise: true })]
      const { find, shortest } = result ?? {}
      expect(shortest?.result.violation?.check).toBe(find?.result.violation?.check)
      expect(shortest?.result.calls.length).toBeLessThan((find?.result.calls.length ?? 0) / 2)
      const program = programOf(shortest?.result ?? runScenario(churn, { seed: 1 }))
      expect(program.join()).toContain('ioctl CREATE_BO')
      expect(shortest?.result.calls.length).toBeLessThan(14)
    },
  )

  test('the inversion of locks deadlocks in the end, and the cycle is told', () => {
    const options = { seed: 1, seeds: SEEDS, lockdep: false }
    const [result] = [
      ...hunt(
        KERNEL_BUGS.filter(({ name }) => name === 'madvise-shrinker-abba'),
        options,
      ),
    ]
    const violation = result?.find?.result.violation
    expect(violation?.check).toBe('deadlock')
    expect(violation?.message).toMatch(/waits for resv of bo \d+, which .* took in/)
  })

  test('a seed is the same run everywhere', () => {
    const hashes = SCENARIOS.map((scenario) => runScenario(scenario, { seed: 7 }).traceHash)
    expect(hashes).toEqual([
      '4974f379',
      'a8cead48',
      '29f46e4c',
      '055a27ba',
      'c422e03f',
      'c63e53f2',
      '60737208',
    ])
  })

  test('the story ends with what was found, and tells who freed the buffer', () => {
    const result = runScenario(scenarioOf('handle-guess'), { seed: 1, bugs: ['handle-guess'] })
    const story = storyOf(result)
    expect(story.at(-1)).toContain('use after free: lock of mappings.lock of bo 1')
    expect(story.join('\n')).toContain('(ioctl GEM_CLOSE handle 1): frees bo 1')
    expect(storyOf(runScenario(churn, { seed: 1 }))).toEqual([])
  })
})

describe('the scheduler', () => {
  const kernel = new Kernel({ memoryBytes: 64 << 20, nowNs: () => 0 })

  function check(threads: (() => Path<void>)[], options: Partial<SchedulerOptions> = {}) {
    const scheduler = new Scheduler(kernel, { seed: 1, ...options })
    threads.forEach((program, i) =>
      scheduler.spawn(`t${i}`, function* () {
        yield* scheduler.doing('works', program())
      }),
    )
    return scheduler.run().violation
  }

  test('notices who waits for a lock of its own', () => {
    const lock = new Lock('mutex', 'a')
    const twice = function* (): Path<void> {
      yield lock.lock('f')
      yield lock.lock('g')
    }
    expect(check([twice], { lockdep: false })?.check).toBe('deadlock')
  })

  test('notices a lock that is given back by another, and one that is kept', () => {
    const lock = new Lock('mutex', 'a')
    const gives = function* (): Path<void> {
      yield lock.unlock('f')
    }
    const keeps = function* (): Path<void> {
      yield lock.lock('f')
    }
    expect(check([gives])?.check).toBe('lock-balance')
    expect(check([keeps])?.message).toContain('leaves works and holds a')
  })

  test('notices who sleeps for memory under a spinlock', () => {
    const lock = new Lock('spinlock', 'a')
    const sleeps = function* (): Path<void> {
      yield lock.lock('f')
      yield* mayAllocate(kernel, 'f')
      yield lock.unlock('f')
    }
    expect(check([sleeps])?.check).toBe('sleep-in-atomic')
  })

  test('wakes who sleeps, and notices when nobody does', () => {
    const run = (wakes: boolean) => {
      const queue = new WaitQueue('idle')
      const lock = new Lock('mutex', 'a')
      let isIdle = false
      const waits = () => queue.waitUntil(() => isIdle, 'wait')
      const ends = function* (): Path<void> {
        yield lock.lock('f')
        yield lock.unlock('f')
        isIdle = true
        if (wakes) yield queue.wakeAll('end')
      }
      return [1, 2, 3, 4, 5, 6].map((seed) => check([waits, ends], { seed })?.check)
    }
    expect(run(true)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined])
    expect(run(false)).toContain('hang')
  })

  test('lets an older transaction wait and a younger one back off', () => {
    const a = new Lock('ww_mutex', 'resv')
    const b = new Lock('ww_mutex', 'resv')
    const takesBoth = (first: Lock, second: Lock) =>
      function* (): Path<void> {
        for (;;) {
          if ((yield first.lockWw('f')) !== 1) continue
          const both = (yield second.lockWw('f')) === 1
          if (both) yield second.unlock('f')
          yield first.unlock('f')
          if (both) return
        }
      }
    for (let seed = 1; seed <= 50; seed++)
      expect(check([takesBoth(a, b), takesBoth(b, a)], { seed })).toBeNull()
  })
})
