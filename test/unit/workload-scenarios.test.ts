/** Programs of the scenarios, on a kernel that purges and refuses at random. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import type { OperationEvent } from '../../src/events/stress-event.js'
import { BufferStates } from '../../src/oracle/buffer-states.js'
import { Judge } from '../../src/oracle/judge.js'
import { Executor } from '../../src/workload/execute.js'
import type { Operation, OperationOutcome, Program } from '../../src/workload/operation.js'
import { createRandom } from '../../src/workload/random.js'
import { SCENARIO_NAMES, findScenario, type ScenarioName } from '../../src/workload/scenarios/index.js'
import { stress } from './lying-board.js'

const NEEDS_MEMORY = new Set<Operation['op']>([
  'create',
  'map',
  'export',
  'import',
  'open',
  'heap-allocate',
  'udmabuf',
  'submit',
  'verify-in-fork',
  'race-handles',
  'race-madvise',
])
const BUFFERS = 16

interface Chances {
  /** Of 100 operations that need memory, so many are refused. */
  readonly refuse: number
  /** Of 100 operations, so many are followed by a purge of all that may be purged. */
  readonly purge: number
}

/** Runs frames, a drain and the end. The executor throws when a program uses what is not there or not mapped. */
async function play(name: ScenarioName, seed: number, frames: number, chances: Chances) {
  const board = createFakeBoard({ seed })
  using device = openDeviceOf(board.backend, { driver: 'panfrost' })
  const executor = new Executor(board.backend, device)
  const states = new BufferStates()
  const judge = new Judge()
  const chance = createRandom(seed, 99)
  const counts = { refused: 0, purged: 0, most: 0 }
  const broken: string[] = []
  let made = 0
  let n = 0
  const workload = findScenario(name).create({
    random: createRandom(seed),
    now: () => n * 100,
    buffers: BUFFERS,
    processors: board.processors,
    name: () => made++,
  })
  const perform = async (program: Program) => {
    let step = program.next()
    while (!step.done) {
      const operation = step.value
      const isRefused = NEEDS_MEMORY.has(operation.op) && chance.integer(1, 100) <= chances.refuse
      const outcome: OperationOutcome = isRefused
        ? { result: 'refused', code: 'ENOMEM', request: operation.op }
        : await executor.execute(operation)
      if (isRefused) counts.refused++
      if (outcome.result === 'purged') counts.purged++
      if (chance.integer(1, 100) <= chances.purge) await board.files.write('/proc/sys/vm/drop_caches', '2')
      const event: OperationEvent = {
        type: 'operation',
        t: n,
        durationUs: 1,
        actor: 0,
        n,
        operation,
        outcome,
      }
      n++
      broken.push(...judge.observe(event).map(({ message }) => message))
      states.apply(event)
      counts.most = Math.max(counts.most, states.size)
      step = program.next(outcome)
    }
  }
  for (let frame = 0; frame < frames; frame++) await perform(workload.frame())
  await perform(workload.drain())
  await perform(workload.frame())
  await perform(workload.finish())
  return { ...counts, broken, left: states.size }
}

describe.each(SCENARIO_NAMES)('%s', (name) => {
  test('uses only what is there, leaves nothing, and breaks no rule, whatever the kernel refuses', async () => {
    let refused = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.constantFrom(0, 5, 30, 95),
        fc.constantFrom(0, 3),
        async (seed, refuse, purge) => {
          const played = await play(name, seed, 3, { refuse, purge })
          refused += played.refused
          expect(played.broken).toEqual([])
          expect(played.left).toBe(0)
        },
      ),
      { numRuns: 12 },
    )
    expect(refused).toBeGreaterThan(0)
  })

  // What is evicted is not purged: stress-other-drivers.test.ts.
  if (name === 'evict-refault') return

  test('meets purges, and goes on', async () => {
    expect((await play(name, 1, 6, { refuse: 0, purge: 5 })).purged).toBeGreaterThan(0)
  })

  test('passes on the fake board under its usual pressure', async () => {
    const result = await stress(createFakeBoard({ seed: 2 }), {
      scenario: name,
      durationMs: 2000,
      pressure: ['root-reclaim', 'machine-pressure'],
    })
    expect(result.violations).toEqual([])
    expect(result.verdict).toBe('pass')
    expect(result.total.purged).toBeGreaterThan(0)
  })
})

test('what is known of buffers does not grow with the time that a run takes', async () => {
  const most = async (frames: number) => (await play('open-close', 1, frames, { refuse: 0, purge: 0 })).most
  expect(await most(30)).toBe(await most(10))
})
