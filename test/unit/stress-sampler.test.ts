/** What sampling takes: little, also where each look at the machine is expensive. */
import { expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { stress } from './lying-board.js'

/** A board on which reading a file of a process or a cgroup takes so long, and every other one a tenth of that. */
function slowBoard(detailUs: number) {
  const board = createFakeBoard({ seed: 1 })
  let spentUs = 0
  const read: typeof board.files.read = (path) => {
    spentUs += /^\/proc\/\d|^\/sys\/fs\/cgroup/.test(path) ? detailUs : detailUs / 10
    return board.files.read(path)
  }
  const clock = { ...board.clock, cpuUs: () => board.clock.cpuUs() + spentUs }
  return { ...board, files: { ...board.files, read }, clock }
}

async function sample(detailUs: number, durationMs: number) {
  const { events } = await stress(slowBoard(detailUs), { actors: 1, buffers: 8, durationMs })
  const samples = events.filter((event) => event.type === 'sample')
  const costUs = samples.reduce((sum, { costUs: cost }) => sum + cost, 0)
  return { samples, share: costUs / (samples.at(-1)?.t ?? 0) }
}

test('a quick machine is looked at four times a second, and whole once a second', async () => {
  const { samples, share } = await sample(10, 10_000)
  expect(samples.length).toBeGreaterThan(30)
  expect(samples.filter(({ clients }) => clients !== undefined).length).toBeGreaterThan(8)
  expect(share).toBeLessThan(0.02)
})

test('a slow one less often: no more than 2 % of a processor', async () => {
  const { samples, share } = await sample(25_000, 60_000)
  expect(share).toBeLessThan(0.02)
  expect(samples.filter(({ clients }) => clients !== undefined).length).toBeGreaterThan(1)
})
