import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backend/backend.js'
import { PANFROST_MADV_DONTNEED } from '../../src/backend/panfrost-calls.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard, type FakeBoard } from '../../src/board/fake-board.js'
import type { StressEvent } from '../../src/events/stress-event.js'
import { DEDICATED_FILE } from '../../src/pressure/dedicated.js'
import { JournalError, stepsOfJournal } from '../../src/replay/journal-steps.js'
import { minimise } from '../../src/replay/minimise.js'
import { replay } from '../../src/replay/replay.js'
import { makePlan } from '../../src/stress/plan.js'
import { runStress } from '../../src/stress/run-stress.js'
import { operationFault } from '../../src/workload/operation-shape.js'
import { lyingBoard } from './lying-board.js'

const DEVICE = { driver: 'panfrost' }

/** A board whose kernel says of every purged buffer that it was retained. */
function lying(): Board {
  const board = createFakeBoard()
  const { panfrost } = board.backend
  const madvise: typeof panfrost.madvise = (...args) => {
    const answer = panfrost.madvise(...args)
    return answer === 0 ? 1 : answer
  }
  return { ...board, backend: { ...board.backend, panfrost: { ...panfrost, madvise } } }
}

/** Of a kernel that kills the process `pid` when it gives a buffer away. */
function deadlyBackend(backend: Backend, { kernel }: FakeBoard, pid: number): Backend {
  const { panfrost } = backend
  const madvise: typeof panfrost.madvise = (fd, handle, advice) => {
    const task = kernel.tasks.get(pid)
    if (advice === PANFROST_MADV_DONTNEED && task !== undefined) kernel.tasks.kill(task)
    return panfrost.madvise(fd, handle, advice)
  }
  return { ...backend, panfrost: { ...panfrost, madvise } }
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
    expect(result.purgedThen).toBe(result.purged)
    const answers = program.outcomes.filter((outcome) => outcome.result === 'purged')
    expect(result.purged).toBeLessThan(answers.length)
  })

  test('that purges nothing where the recorded run did, or has no steps, shows nothing', async () => {
    const program = stepsOfJournal(await journal())
    const steps = program.steps.map((step, at) => ({ step, outcome: program.outcomes[at] }))
    const kept = steps.filter(({ step }) => !('reclaim' in step))
    const unpressed = {
      ...program,
      steps: kept.map(({ step }) => step),
      outcomes: kept.flatMap(({ outcome = [] }) => outcome),
    }
    const options = { makeBoard: () => createFakeBoard(), device: DEVICE, minimise: false }
    const { purged, purgedThen, inconclusive } = await replay(unpressed, options)
    expect([purged, inconclusive]).toEqual([
      0,
      `nothing was purged, and ${purgedThen} buffers were when it was recorded`,
    ])
    const empty = await replay({ ...program, steps: [], outcomes: [] }, options)
    expect(empty.inconclusive).toBe('the journal has no steps')
  })

  test('on a kernel that lies names the rule, and the shortest program that breaks it', async () => {
    const program = stepsOfJournal(await journal())
    const result = await replay(program, { makeBoard: lying, device: DEVICE, minimise: true })
    expect(result.violations.length).toBeGreaterThan(0)
    expect(result.shortest?.length).toBeLessThan(10)
  })

  test('has the operation that an actor did not survive, and does not survive it on the same kernel', async () => {
    const board = createFakeBoard()
    const deadly = lyingBoard((backend, { pid }) => deadlyBackend(backend, board, pid), board)
    const events: StressEvent[] = []
    const plan = makePlan({ durationMs: 1000, actors: 1, buffers: 16, pressure: ['drop-caches'] })
    await runStress(deadly, { plan, emit: (event) => events.push(event) })
    const exit = events.find((event) => event.type === 'task-exit' && !event.expected)
    expect(exit).toMatchObject({ signal: 'SIGKILL' })
    const [last, ...others] = events.filter((event) => event.type === 'operation-unfinished')
    expect(others).toEqual([])
    const before = events
      .filter((event) => event.type === 'operation')
      .filter(({ actor }) => actor === last?.actor)
    expect(before.map(({ n }) => n)).toEqual(before.map((_, n) => n))
    expect(last?.n).toBe(before.length)

    expect(last?.operation).toMatchObject({ op: 'madvise', advice: 'dontneed' })

    const program = stepsOfJournal(events)
    expect(program.outcomes).toContainEqual({ result: 'unfinished' })
    const makeDeadly = () => {
      const own = createFakeBoard()
      const main = [...own.kernel.tasks.all()].find(({ name }) => name === 'gemrig')
      return { ...own, backend: deadlyBackend(own.backend, own, main?.pid ?? 0) }
    }
    const again = await replay(program, { makeBoard: makeDeadly, device: DEVICE, minimise: true })
    expect(again.violations.at(-1)).toMatchObject({
      oracle: 'no-operation-hangs',
      message: expect.stringMatching(
        /^actor 0: madvise \d+, advice dontneed: the kernel killed who began it$/,
      ) as string,
    })
    expect(again.differences).toEqual([])
    expect(again.shortest?.map((step) => 'operation' in step && step.operation.op)).toEqual([
      'create',
      'madvise',
    ])
    const sound = { makeBoard: () => createFakeBoard(), device: DEVICE, minimise: true }
    expect((await replay(program, sound)).violations).toEqual([])
  })

  test('listens to the kernel, and finds the shortest program that makes it warn', async () => {
    const makeBoard = () => createFakeBoard({ seed: 2, bugs: ['double-dontneed'] })
    const events: StressEvent[] = []
    const plan = makePlan({ scenario: 'madvise-storm', seed: 2, durationMs: 1000 })
    await runStress(makeBoard(), { plan, emit: (event) => events.push(event) })
    const program = stepsOfJournal(events)
    const again = await replay(program, { makeBoard, device: DEVICE, minimise: true })
    expect(again.violations[0]).toMatchObject({ oracle: 'no-new-kernel-warning' })
    const shortest = again.shortest?.map((step) => ('operation' in step ? step.operation.op : 'reclaim'))
    expect(shortest).toEqual(['create', 'madvise', 'madvise'])
    const sound = { makeBoard: () => createFakeBoard({ seed: 2 }), device: DEVICE, minimise: true }
    expect((await replay(program, sound)).violations).toEqual([])
  })

  test('drops the caches of a machine in use only when it may, or when that is there for tests alone', async () => {
    const program = stepsOfJournal(await journal())
    const board = { ...createFakeBoard(), expendable: false }
    const on = (makeBoard: () => Board) => ({ makeBoard, device: DEVICE, minimise: false })
    await expect(
      replay(
        program,
        on(() => board),
      ),
    ).rejects.toThrow(/in use: say --allow-disruptive/)
    const allowed = await replay(program, { ...on(() => board), allowDisruptive: true })
    expect(allowed.purged).toBeGreaterThan(0)
    const own = createFakeBoard()
    const read: Board['files']['read'] = (path) =>
      path === DEDICATED_FILE ? Promise.resolve('') : own.files.read(path)
    const dedicated = { ...own, expendable: false, files: { ...own.files, read } }
    expect(
      await replay(
        program,
        on(() => dedicated),
      ),
    ).toMatchObject({ violations: [] })
  })

  test('has races of advices, with as many threads as processors, and what they are about in the shortest program', async () => {
    const makeBoard = (bugs: readonly 'double-dontneed'[] = []) => createFakeBoard({ seed: 2, bugs })
    const events: StressEvent[] = []
    const plan = makePlan({ scenario: 'madvise-storm', seed: 2, durationMs: 1000, pressure: ['drop-caches'] })
    await runStress(makeBoard(), { plan, emit: (event) => events.push(event) })
    const races = events.flatMap((event) =>
      event.type === 'operation' && event.operation.op === 'race-madvise' ? [event] : [],
    )
    expect(races.length).toBeGreaterThan(10)
    for (const { operation, outcome } of races)
      expect([operation, outcome]).toMatchObject([{ threads: makeBoard().processors }, { result: 'raced' }])
    const program = stepsOfJournal(events)
    const sound = await replay(program, { makeBoard, device: DEVICE, minimise: true })
    expect(sound).toMatchObject({ violations: [], steps: program.steps.length })
    const isRace = (step: (typeof program.steps)[number]) =>
      !('operation' in step) || step.operation.op !== 'madvise' || step.operation.advice !== 'dontneed'
    const onlyRaces = { ...program, steps: program.steps.filter(isRace) }
    const broken = await replay(onlyRaces, {
      makeBoard: () => makeBoard(['double-dontneed']),
      device: DEVICE,
      minimise: true,
    })
    const shortest = broken.shortest?.map((step) => ('operation' in step ? step.operation.op : 'reclaim'))
    expect(shortest?.at(-1)).toBe('race-madvise')
    expect(shortest?.slice(0, -1).every((op) => op === 'create')).toBe(true)
  })

  test('needs a journal', () => {
    expect(() => stepsOfJournal([])).toThrow(JournalError)
  })

  test.each([
    [{ op: 'evil', buffer: 1 }, "unknown operation 'evil'"],
    [{ op: '__proto__', buffer: 1 }, "unknown operation '__proto__'"],
    [null, 'no operation'],
    [{ op: 'create', buffer: 1, sizeBytes: -5, noexec: true }, 'sizeBytes must be a whole number, not -5'],
    [{ op: 'madvise', buffer: 1, advice: 'bogus' }, 'advice must be willneed or dontneed, not "bogus"'],
    [{ op: 'map' }, 'buffer must be a whole number, not undefined'],
  ])('passes over no step: %j', async (operation, message) => {
    const events = [
      ...(await journal()).slice(0, 1),
      { type: 'operation', t: 5, actor: 0, operation, outcome: {} },
    ]
    expect(() => stepsOfJournal(events as StressEvent[])).toThrow(JournalError)
    expect(() => stepsOfJournal(events as StressEvent[])).toThrow(message)
  })

  test('knows the operations that are published, and what each of them needs', () => {
    const { $defs } = JSON.parse(readFileSync('docs/schema/events.schema.json', 'utf8')) as {
      $defs: { operation: { oneOf: { required: string[]; properties: { op: { const: string } } }[] } }
    }
    const values = { advice: 'dontneed', heap: 'system', noexec: true, exec: true, others: [1] }
    for (const { required, properties } of $defs.operation.oneOf) {
      const fields = required.map((key) => [key, { ...values, op: properties.op.const }[key] ?? 1] as const)
      expect(operationFault(Object.fromEntries(fields))).toBeUndefined()
      for (const [missing] of fields)
        expect(operationFault(Object.fromEntries(fields.filter(([key]) => key !== missing)))).toBeDefined()
    }
  })
})
