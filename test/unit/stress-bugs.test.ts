/** Bugs of the simulated kernel that show without stepping, and the scenarios that find them. */
import { expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { STRESS_BUGS } from '../../src/fake-wish.js'
import { SCENARIOS } from '../../src/workload/scenarios/index.js'
import { stress } from './lying-board.js'

const HUNTED = SCENARIOS.flatMap(({ name, bugs = [] }) => bugs.map((bug) => ({ scenario: name, bug })))

test('each bug has a scenario that finds it', () => {
  expect(HUNTED.map(({ bug }) => bug).sort()).toEqual([...STRESS_BUGS].sort())
})

test.each(HUNTED)('$scenario finds $bug, and passes without it', async ({ scenario, bug }) => {
  const run = (bugs: typeof STRESS_BUGS | readonly []) =>
    stress(createFakeBoard({ seed: 2, bugs: bugs.filter((name) => name === bug) }), {
      scenario,
      durationMs: 1000,
    })
  const found = await run(STRESS_BUGS)
  expect(found.verdict).toBe('fail')
  expect(found.oracles).toContain(
    bug === 'shared-bo-purged' ? 'held-is-never-purged' : 'no-new-kernel-warning',
  )
  expect((await run([])).verdict).toBe('pass')
})
