import { describe, expect, test } from 'vitest'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { StressEvent } from '../../src/events/stress-event.js'
import { compareOutcomes } from '../../src/replay/compare-outcomes.js'
import { runDifferential } from '../../src/replay/differential.js'
import { differentialText } from '../../src/replay/differential-text.js'
import { JournalError, stepsOfJournal } from '../../src/replay/journal-steps.js'
import { minimise } from '../../src/replay/minimise.js'
import { randomProgram } from '../../src/replay/random-program.js'
import { replay } from '../../src/replay/replay.js'
import { stepText } from '../../src/replay/step.js'
import { makePlan } from '../../src/stress/plan.js'
import { runStress } from '../../src/stress/run-stress.js'

const DEVICE = { driver: 'panfrost' }

/** A board whose kernel says of every purged buffer that it was retained. */
function lyingBoard(): Board {
  const board = createFakeBoard()
  const { panfrost } = board.backend
  const madvise: typeof panfrost.madvise = (...args) => {
    const answer = panfrost.madvise(...args)
    return answer === 0 ? 1 : answer
  }
  return { ...board, backend: { ...board.backend, panfrost: { ...panfrost, madvise } } }
}

describe('minimise', () => {
  test('finds the only steps that matter', async () => {
    const steps = Array.from({ length: 200 }, (_, i) => i)
    let asked = 0
    const shortest = await minimise(steps, (candidate) => {
      asked++
      return Promise.resolve(candidate.includes(17) && candidate.includes(93) && candidate.includes(94))
    })
    expect(shortest).toEqual([17, 93, 94])
    expect(asked).toBeLessThan(200)
  })

  test('leaves what cannot be shortened', async () => {
    expect(await minimise([1, 2, 3], (candidate) => Promise.resolve(candidate.length === 3))).toEqual([
      1, 2, 3,
    ])
  })
})

describe('random programs', () => {
  test('are the same for the same seed, and have the asked length', () => {
    const program = randomProgram(5, 200, { heap: true })
    expect(program).toHaveLength(200)
    expect(randomProgram(5, 200, { heap: true })).toEqual(program)
    expect(randomProgram(6, 200, { heap: true })).not.toEqual(program)
  })

  test('have heap operations only where there is a heap', () => {
    const text = (heap: boolean) => randomProgram(7, 400, { heap }).map(stepText).join('\n')
    expect(text(true)).toMatch(/heap-allocate/)
    expect(text(false)).not.toMatch(/heap-allocate/)
  })
})

describe('differential runs', () => {
  const common = { device: DEVICE, programs: 12, length: 120, seed: 1, kinds: { heap: true } }

  test('of the same kernel differ nowhere, and exercise purges', async () => {
    const result = await runDifferential({
      ...common,
      makeExpected: () => createFakeBoard(),
      actual: createFakeBoard(),
    })
    expect(result.differing).toEqual([])
    expect(result).toMatchObject({ programs: 12, steps: 12 * 120 })
    for (const kind of ['ok', 'retained', 'purged', 'intact', 'sigbus', 'refused'])
      expect(result.outcomes[kind], kind).toBeGreaterThan(0)
  })

  test('find a kernel that lies, with the shortest program that shows it', async () => {
    const result = await runDifferential({
      ...common,
      makeExpected: () => createFakeBoard(),
      actual: lyingBoard(),
    })
    const [found] = result.differing
    expect(found?.differences.at(-1)).toMatchObject({ expected: 'purged', actual: 'retained' })
    expect(found?.steps.map(stepText)).toEqual([
      expect.stringMatching(/create/),
      expect.stringMatching(/madvise.*dontneed/),
      'the kernel reclaims all that it can',
      expect.stringMatching(/madvise/),
    ])
  })

  test('tell of a run that is shorter', () => {
    const step = { reclaim: true } as const
    const ok = { result: 'ok' } as const
    expect(compareOutcomes([step, step, step], [ok, ok, ok], [ok])).toEqual([
      { at: 1, step, expected: 'ok', actual: 'nothing: the run ended before' },
    ])
  })
})

describe('a replay', () => {
  async function journal(): Promise<StressEvent[]> {
    const events: StressEvent[] = []
    const plan = makePlan({ durationMs: 1000, actors: 2, buffers: 16, pressure: ['drop-caches'] })
    await runStress(createFakeBoard(), { plan, emit: (event) => events.push(event) })
    return events
  }

  test('of a good run breaks no rule, and purges again', async () => {
    const program = stepsOfJournal(await journal())
    const result = await replay(program, {
      makeBoard: () => createFakeBoard(),
      device: DEVICE,
      minimise: true,
    })
    expect(result.steps).toBe(program.steps.length)
    expect(result).toMatchObject({ violations: [], interrupted: false })
    expect(result.shortest).toBeUndefined()
    expect(result.purged).toBeGreaterThan(0)
  })

  test('on a kernel that lies names the rule, and the shortest program that breaks it', async () => {
    const program = stepsOfJournal(await journal())
    const result = await replay(program, { makeBoard: lyingBoard, device: DEVICE, minimise: true })
    expect(result.violations.length).toBeGreaterThan(0)
    expect(result.shortest?.length).toBeLessThan(10)
  })

  test('needs a journal', () => {
    expect(() => stepsOfJournal([])).toThrow(JournalError)
  })
})

test('a differential run is told as programs that can be read', async () => {
  const result = await runDifferential({
    makeExpected: () => createFakeBoard(),
    actual: lyingBoard(),
    device: DEVICE,
    programs: 3,
    length: 120,
    seed: 1,
    kinds: { heap: true },
  })
  const text = differentialText({ expected: 'simulated', actual: 'real' }, result)
  expect(text).toMatch(/program of seed \d+, shortened to \d+ steps:\n {4}1\. actor \d: create/)
  expect(text).toMatch(/ {7}simulated: purged\n {7}real: retained/)
  expect(text).toMatch(/\d programs differ\n$/)
})
