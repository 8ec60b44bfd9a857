import { describe, expect, test } from 'vitest'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { StressEvent } from '../../src/events/stress-event.js'
import { JournalError, stepsOfJournal } from '../../src/replay/journal-steps.js'
import { minimise } from '../../src/replay/minimise.js'
import { replay } from '../../src/replay/replay.js'
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
