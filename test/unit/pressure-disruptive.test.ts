/** What presses on the whole machine needs to be allowed where the machine is in use. */
import { describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { DISRUPTIVE_REFUSAL, type PressureName } from '../../src/pressure/pressure-source.js'
import { PRESSURE_SOURCES } from '../../src/pressure/sources.js'
import { stress } from './lying-board.js'

/** These press on the cgroup of the run alone. */
const CONTAINED: readonly PressureName[] = ['cgroup-squeeze', 'memory-max', 'memory-high', 'memory-reclaim']
const NAMES = PRESSURE_SOURCES.map(({ name }) => name)

describe('on a machine in use', () => {
  test.each(NAMES.filter((name) => !CONTAINED.includes(name)))(
    '%s is refused, and writes nothing',
    async (name) => {
      const fake = createFakeBoard({ seed: 1, shrinkerDebug: true })
      const written: string[] = []
      const write: typeof fake.files.write = (path, text) => {
        written.push(path)
        return fake.files.write(path, text)
      }
      const board = { ...fake, expendable: false, files: { ...fake.files, write } }
      const { phases } = await stress(board, { actors: 1, buffers: 8, pressure: [name] })
      expect(phases).toEqual([{ phase: name, refused: DISRUPTIVE_REFUSAL }])
      expect(written.filter((path) => /drop_caches|reclaim|shrink|min_.*_ratio|\/hog/.test(path))).toEqual([])
    },
  )

  test.each(CONTAINED)('%s is not', async (name) => {
    const board = { ...createFakeBoard({ seed: 1 }), expendable: false }
    const { phases } = await stress(board, { actors: 1, buffers: 8, durationMs: 1000, pressure: [name] })
    expect(phases).toMatchObject([{ phase: name, tally: {} }])
  })
})
