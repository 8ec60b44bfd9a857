/** Bugs of the simulated kernel: each is found by a whole run of the scenario that hunts it, which passes without it. */
import { expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { OracleName } from '../../src/events/stress-event.js'
import { parseFakeWish } from '../../src/fake-wish.js'
import { interleavingsOf } from '../../src/hunt/interleavings.js'
import { BUG_NAMES, type BugName } from '../../src/sim/bugs/bug.js'
import { findScenario, SCENARIOS, type ScenarioName } from '../../src/workload/scenarios/index.js'
import { stress } from './lying-board.js'

interface Row {
  readonly bug: BugName
  readonly scenario: ScenarioName
  /** The rule that is broken between system calls. */
  readonly oracle: OracleName
  /** The rule that is broken while each call runs to its end, where the bug shows then, too. */
  readonly alone?: OracleName
}

const ROWS: readonly Row[] = [
  {
    bug: 'double-dontneed',
    scenario: 'madvise-storm',
    oracle: 'no-new-kernel-warning',
    alone: 'no-new-kernel-warning',
  },
  { bug: 'madvise-shrinker-abba', scenario: 'madvise-storm', oracle: 'no-new-kernel-warning' },
  { bug: 'purge-against-free', scenario: 'churn', oracle: 'no-new-kernel-warning' },
  { bug: 'gem-lru-on-stack', scenario: 'churn', oracle: 'no-new-kernel-warning' },
  { bug: 'shmem-free-takes-resv', scenario: 'churn', oracle: 'no-new-kernel-warning' },
  {
    bug: 'shared-bo-purged',
    scenario: 'prime-share',
    oracle: 'held-is-never-purged',
    alone: 'held-is-never-purged',
  },
  {
    bug: 'shared-bo-purged',
    scenario: 'heap-import',
    oracle: 'held-is-never-purged',
    alone: 'no-new-kernel-warning',
  },
  { bug: 'handle-guess', scenario: 'handle-guess', oracle: 'no-new-kernel-warning' },
  { bug: 'shmem-private-mapping', scenario: 'mmap-fork', oracle: 'no-new-kernel-warning' },
  { bug: 'heap-fault-put-pages', scenario: 'submit', oracle: 'memory-comes-back' },
  { bug: 'heap-fault-got-pages-sgt', scenario: 'submit', oracle: 'no-new-kernel-warning' },
  { bug: 'evict-null-sgt', scenario: 'evict-refault', oracle: 'no-new-kernel-warning' },
  { bug: 'swapin-keeps-pages', scenario: 'evict-refault', oracle: 'memory-comes-back' },
]

test('each bug has a scenario, and its page says so', () => {
  expect(new Set(ROWS.map(({ bug }) => bug))).toEqual(new Set(BUG_NAMES))
  const listed = SCENARIOS.flatMap(({ name, bugs = [] }) => bugs.map((bug) => `${name} ${bug}`))
  expect(listed.sort()).toEqual(ROWS.map(({ scenario, bug }) => `${scenario} ${bug}`).sort())
})

const SEED = 2

function run(scenario: ScenarioName, bugs: readonly BugName[]) {
  const [driver] = findScenario(scenario).drivers
  const machine = driver === 'panthor' ? parseFakeWish('fake:rk3588,swap=512M') : {}
  return stress(
    createFakeBoard({ ...machine, seed: SEED, bugs }),
    { scenario, seed: SEED, durationMs: 1000 },
    { interleavings: () => interleavingsOf(scenario, SEED, bugs, { shortestSeeds: 40 }) },
  )
}

test.each(ROWS)('$scenario fails with $bug: $oracle', async ({ bug, scenario, oracle, alone }) => {
  const { verdict, events } = await run(scenario, [bug])
  expect(verdict).toBe('fail')
  const broken = events.flatMap((event) => (event.type === 'violation' ? [event] : []))
  const isInterleaved = ({ message }: { message: string }) => message.includes('(interleaved: ')
  expect(broken.filter(isInterleaved).map((violation) => violation.oracle)).toEqual([oracle])
  const inWholeCalls = broken.filter((violation) => !isInterleaved(violation)).map((each) => each.oracle)
  if (alone === undefined) expect(inWholeCalls).toEqual([])
  else expect(inWholeCalls).toContain(alone)
  const found = events.flatMap((event) =>
    event.type === 'interleavings' && event.found !== undefined ? [event.found] : [],
  )
  expect(found).toHaveLength(1)
  for (const { program, story } of found) {
    expect(program.length).toBeGreaterThan(0)
    expect(program.length).toBeLessThan(40)
    expect(story.length).toBeGreaterThan(1)
  }
})

test.each([...new Set(ROWS.map(({ scenario }) => scenario))])('%s passes without them', async (scenario) => {
  const { verdict, violations, events } = await run(scenario, [])
  expect({ verdict, violations }).toEqual({ verdict: 'pass', violations: [] })
  expect(events.filter(({ type }) => type === 'interleavings').length).toBeGreaterThan(0)
})
