/** Hogs of each kind of memory: they take it, give it back, and are the OOM killer's choice. */
import { describe, expect, test } from 'vitest'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { RunBegin } from '../../src/events/stress-event.js'
import { readMemory } from '../../src/observe/meminfo.js'
import { findCgroupTree } from '../../src/pressure/cgroup/find-tree.js'
import type { Hang } from '../../src/pressure/hang.js'
import { Hog } from '../../src/pressure/hog.js'
import { HOG_MEMORIES } from '../../src/pressure/hog-memory.js'
import { replayCommand } from '../../src/report/replay-command.js'
import { stress } from './lying-board.js'

const MIB = 1 << 20

function sceneOf(board: Board) {
  const hang = ({ what }: Hang) => Promise.reject(new Error(`${what} hangs`))
  return { board, signal: new AbortController().signal, hang }
}

/** Everybody waits for memory, half of the time, while less than 96 MiB are free. */
function crowded(board: Board): Board {
  let [lastUs, fullUs] = [0, 0]
  const read: typeof board.files.read = async (path) => {
    if (path !== '/proc/pressure/memory') return board.files.read(path)
    const now = board.clock.nowUs()
    if ((await readMemory(board.files)).freeBytes < 96 * MIB) fullUs += Math.round((now - lastUs) / 2)
    lastUs = now
    const line = (kind: string) => `${kind} avg10=0.00 avg60=0.00 avg300=0.00 total=${fullUs}\n`
    return line('some') + line('full')
  }
  return { ...board, files: { ...board.files, read } }
}

test('the hog that presses on the machine does not come back to where everybody waited', async () => {
  const plan = { durationMs: 40_000, pressure: ['machine-pressure'] as const }
  const { events } = await stress(crowded(createFakeBoard({ seed: 1 })), plan)
  const letGo = events.flatMap((event) =>
    event.type === 'pressure' && event.step === 'stalled' ? [Number(event.detail['letGoBytes'])] : [],
  )
  // A share of what it held each time.
  expect(letGo.length).toBeGreaterThan(2)
  expect(letGo).toEqual([...new Set(letGo)].sort((one, other) => other - one))
})

describe.each(HOG_MEMORIES)('a hog of %s memory', (memory) => {
  test('takes that kind, gives back what it is told to, and all of it in the end', async () => {
    const board = createFakeBoard()
    await board.run(async () => {
      const before = await readMemory(board.files)
      const taken = async () => {
        const { freeBytes, shmemBytes } = await readMemory(board.files)
        return [before.freeBytes - freeBytes, shmemBytes - before.shmemBytes].map((b) => Math.round(b / MIB))
      }
      const hog = await Hog.start(sceneOf(board), undefined, { memory })
      // Its process comes on top.
      expect(await hog.grow(64 * MIB)).toBe(true)
      expect(await taken()).toEqual([65, memory === 'shmem' ? 64 : 0])
      await hog.shrink(30 * MIB)
      expect(hog.heldBytes).toBe(32 * MIB)
      expect(await taken()).toEqual([33, memory === 'shmem' ? 32 : 0])
      await hog.end()
      expect(await taken()).toEqual([0, 0])
    })
  })

  test('that hears nothing lets go of a quarter, and again; one that hears of its keeper holds', async () => {
    const board = createFakeBoard()
    await board.run(async () => {
      const hog = await Hog.start(sceneOf(board), undefined, { memory, leashMs: 1000 })
      await hog.grow(128 * MIB)
      const after = async (ms: number) => {
        await board.clock.sleep(ms)
        await hog.shrink(0)
        return hog.heldBytes / MIB
      }
      for (const word of [0, 1, 2]) expect([word, await after(900)]).toEqual([word, 128])
      expect(await after(1100)).toBe(96)
      expect(await after(2100)).toBe(48)
      await hog.end()
    })
  })

  test('stays within the limit of its cgroup: it is killed there', async () => {
    const board = createFakeBoard()
    await board.run(async () => {
      const tree = await findCgroupTree(board, 'gemrig-1-1')
      if ('reason' in tree) throw new Error(tree.reason)
      const cage = await tree.tree.create('gemrig-1-1')
      const hog = await Hog.start(sceneOf(board), cage, { memory })
      await cage.setLimit(16 * MIB)
      expect(await hog.grow(32 * MIB)).toBe(false)
      expect(hog.killed).toBe(true)
      expect((await cage.events()).oomKills).toBe(1)
      expect(await cage.usageBytes()).toBe(0)
      await hog.end()
      await cage.remove()
    })
  })

  test('is on a leash where it presses on the machine', async () => {
    const board = createFakeBoard({ seed: 1 })
    const hogs: unknown[] = []
    const start: Board['start'] = (name, role, args) => {
      if (name === 'hog') hogs.push(args)
      return board.start(name, role, args)
    }
    await stress({ ...board, start }, { pressure: ['machine-pressure'], hog: memory })
    expect(hogs).toEqual([{ memory, leashMs: 4000 }])
  })

  test('presses on the machine until it purges, and nobody else is killed', async () => {
    const result = await stress(createFakeBoard({ seed: 1 }), {
      pressure: ['machine-pressure'],
      durationMs: 5000,
      hog: memory,
    })
    expect(result).toMatchObject({ verdict: 'pass', violations: [] })
    const most = Math.max(
      ...result.events.flatMap((event) => (event.type === 'sample' ? [event.shmemBytes] : [])),
    )
    expect(most > 100 * MIB).toBe(memory === 'shmem')
    const begin = result.events.find((event): event is RunBegin => event.type === 'run-begin')
    expect(begin && replayCommand(begin)).toContain(`--hog ${memory}`)
  })
})
