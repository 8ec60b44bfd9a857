/** What does not come back from the kernel, and is no actor: the run tells it, cleans up and ends. */
import { describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard, type FakeBoard } from '../../src/board/fake-board.js'
import type { Hang } from '../../src/pressure/hang.js'
import { Hog } from '../../src/pressure/hog.js'
import { stress } from './lying-board.js'

/** Little to simulate while something hangs. */
const SMALL = { actors: 1, buffers: 8, durationMs: 1000 }
const SOON = { hangDeadlineMs: 2000 }
const HOUR_MS = 3_600_000
const DROP_CACHES = '/proc/sys/vm/drop_caches'

/** A hog of this board is busy in the kernel for an hour from its third fill on. */
function hangingHog(board: FakeBoard): Board {
  const start: Board['start'] = (name, role, args) => {
    if (name !== 'hog') return board.start(name, role, args)
    const run: typeof role.run = (context, own) => {
      const { memory } = context.backend
      let fills = 0
      const fill: typeof memory.fill = (...each) => {
        const task = board.kernel.tasks.get(context.pid)
        if (++fills === 3 && task !== undefined) board.kernel.syscall(task, HOUR_MS * 1e6, () => 0)
        return memory.fill(...each)
      }
      return role.run({ ...context, backend: { ...context.backend, memory: { ...memory, fill } } }, own)
    }
    return board.start(name, { ...role, run }, args)
  }
  return { ...board, start }
}

async function expectClean(board: FakeBoard) {
  expect([...board.kernel.tasks.all()].map(({ name }) => name)).toEqual(['init', 'gemrig'])
  expect(await board.files.list('/sys/fs/cgroup')).not.toContainEqual(expect.stringMatching(/^gemrig/))
  expect(board.state.list()).toEqual([])
}

describe('a write that the kernel does not come back from', () => {
  test('is the last one: the run fails, cleans up and ends', async () => {
    const board = createFakeBoard({ seed: 1 })
    let writes = 0
    const write: typeof board.files.write = async (path, text) => {
      if (path === DROP_CACHES && text === '2' && ++writes > 0) await board.clock.sleep(HOUR_MS)
      return board.files.write(path, text)
    }
    const result = await stress(
      { ...board, files: { ...board.files, write } },
      { ...SMALL, pressure: ['drop-caches', 'root-reclaim'] },
      SOON,
    )
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['no-operation-hangs'] })
    expect(result.violations).toEqual([
      `no-operation-hangs: the write to ${DROP_CACHES} gave no sign for 2 s`,
    ])
    expect([writes, result.phases.length]).toEqual([1, 1])
    expect(result.events.at(-1)).toMatchObject({ type: 'run-end', verdict: 'fail' })
    await expectClean(board)
  })

  test('of memory.high, which is lifted, and no lower one is tried', async () => {
    const board = createFakeBoard({ seed: 1 })
    const written: string[] = []
    const write: typeof board.files.write = async (path, text) => {
      if (path.endsWith('/memory.high') && written.push(text) > 0 && text !== 'max')
        await board.clock.sleep(HOUR_MS)
      return board.files.write(path, text)
    }
    const result = await stress(
      { ...board, files: { ...board.files, write } },
      { ...SMALL, pressure: ['memory-high'] },
      SOON,
    )
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['no-operation-hangs'] })
    expect(written).toEqual([expect.stringMatching(/^\d+$/), 'max'])
    await expectClean(board)
  })
})

describe('a hog', () => {
  test('that the kernel does not let go of is told, and waited for no longer', async () => {
    const board = createFakeBoard({ seed: 1 })
    const hangs: Hang[] = []
    const scene = {
      board: hangingHog(board),
      signal: new AbortController().signal,
      hang: (hang: Hang) => Promise.resolve(void hangs.push(hang)),
    }
    const end = await board.run(async () => {
      const hog = await Hog.start(scene, undefined)
      void hog.grow(64 << 20)
      await board.clock.sleep(1000)
      return hog.end()
    })
    expect(end).toBe(false)
    expect(hangs).toEqual([
      { what: 'the end of the hog', pid: expect.any(Number) as number, silentMs: 60_000 },
    ])
  })

  test('that hangs fails the run, which cleans up and ends', async () => {
    const board = createFakeBoard({ seed: 1 })
    const result = await stress(hangingHog(board), { ...SMALL, pressure: ['memory-max'] }, SOON)
    expect(result.verdict).toBe('fail')
    expect(result.violations.join()).toMatch(
      /no-operation-hangs: the end of the hog \(pid \d+\) gave no sign/,
    )
    expect(result.events.at(-1)).toMatchObject({ type: 'run-end', verdict: 'fail' })
    await expectClean(board)
  })

  test('that cannot be put into its cgroup is ended', async () => {
    const board = createFakeBoard({ seed: 1 })
    const ends = new Map<string, boolean>()
    const start: Board['start'] = (name, role, args) => {
      const task = board.start(name, role, args)
      ends.set(name, false)
      void task.exited.then(() => ends.set(name, true))
      return task
    }
    const write: typeof board.files.write = (path, text) =>
      path.endsWith('/hog/cgroup.procs') ? Promise.resolve(-ERRNO.ENOMEM) : board.files.write(path, text)
    const run = stress(
      { ...board, start, files: { ...board.files, write } },
      { ...SMALL, pressure: ['machine-pressure'] },
    )
    await expect(run).rejects.toThrow(/hog\/cgroup.procs: ENOMEM/)
    expect(ends.get('hog')).toBe(true)
    await expectClean(board)
  })
})
