/** Kernels that break their promises, each in one way: the run must fail, and name the promise. */
import { describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backend/backend.js'
import { RAISED_SIGBUS } from '../../src/backend/memory-calls.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { Board } from '../../src/board/board.js'
import type { StressEvent } from '../../src/events/stress-event.js'
import { makePlan } from '../../src/stress/plan.js'
import { runStress } from '../../src/stress/run-stress.js'
import { lyingBoard, stress } from './lying-board.js'

const WILLNEED = 0

describe('a kernel that lies', () => {
  test('not at all passes: the wrapping itself breaks nothing', async () => {
    const result = await stress(lyingBoard((backend) => ({ ...backend })))
    expect(result).toMatchObject({ verdict: 'pass', violations: [], oracles: [] })
    expect(result.total.purged).toBeGreaterThan(0)
  })

  test('that a purged buffer was retained', async () => {
    const result = await stress(
      lyingBoard(({ panfrost, ...backend }) => {
        const madvise: typeof panfrost.madvise = (...args) => {
          const answer = panfrost.madvise(...args)
          return answer === 0 ? 1 : answer
        }
        return { ...backend, panfrost: { ...panfrost, madvise } }
      }),
    )
    expect(result.verdict).toBe('fail')
    // What was called retained raises SIGBUS, and is called retained again.
    expect(result.oracles).toEqual(['purged-is-for-ever', 'willneed-is-never-purged'])
  })

  test('that a purged buffer was retained, and gives zeroed pages in its place', async () => {
    const result = await stress(
      lyingBoard(({ panfrost, memory, ...backend }) => {
        const madvise: typeof panfrost.madvise = (...args) => {
          const answer = panfrost.madvise(...args)
          return answer === 0 ? 1 : answer
        }
        const verify: typeof memory.verify = (...args) => {
          const answer = memory.verify(...args)
          return answer === RAISED_SIGBUS ? 0 : answer
        }
        const fill: typeof memory.fill = (...args) => {
          const answer = memory.fill(...args)
          return answer === RAISED_SIGBUS ? 0 : answer
        }
        return { ...backend, panfrost: { ...panfrost, madvise }, memory: { ...memory, verify, fill } }
      }),
    )
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['retained-is-intact'] })
    expect(result.violations[0]).toMatch(/^retained-is-intact: buffer \d+ of actor \d+ .*offset 0 /)
  })

  test('and changes one byte of a retained buffer', async () => {
    const board = lyingBoard(({ memory, ...backend }) => {
      let fills = 0
      const fill: typeof memory.fill = (map, seed, offset, length) => {
        const answer = memory.fill(map, seed, offset, length)
        const last = offset + length - 1
        const byte = memory.read(map, last, 1)
        if (++fills === 50 && typeof byte !== 'number')
          memory.write(map, last, Uint8Array.of((byte[0] ?? 0) ^ 1))
        return answer
      }
      return { ...backend, memory: { ...memory, fill } }
    })
    const result = await stress(board, { actors: 1, buffers: 16 })
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['retained-is-intact'] })
  })

  test('and loses a byte while the buffer was given away, as the board tests have it happen on a real driver', async () => {
    const preload = new URL('../board/flip-byte-guest.mjs', import.meta.url).href
    const { flippingOnce, FLIPPED_AT } = (await import(preload)) as {
      flippingOnce: (groups: Pick<Backend, 'panfrost' | 'memory'>) => Pick<Backend, 'panfrost' | 'memory'>
      FLIPPED_AT: number
    }
    const board = lyingBoard((backend) => ({ ...backend, ...flippingOnce(backend) }))
    const result = await stress(board, { actors: 1 })
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['retained-is-intact'] })
    expect(result.violations).toHaveLength(1)
    expect(result.violations[0]).toContain(`the byte at offset ${FLIPPED_AT} is not what was written`)
  })

  test('and purges a buffer that is needed', async () => {
    const board = lyingBoard(({ panfrost, memory, ...backend }) => {
      let verified = 0
      // As the CPU sees it: the pages of a buffer in use are gone.
      const verify: typeof memory.verify = (...args) =>
        ++verified === 30 ? RAISED_SIGBUS : memory.verify(...args)
      return { ...backend, panfrost, memory: { ...memory, verify } }
    })
    expect((await stress(board)).oracles).toContain('willneed-is-never-purged')
  })

  test('and purges at the moment of DONTNEED', async () => {
    const board = lyingBoard(({ panfrost, ...backend }) => {
      let given = 0
      const madvise: typeof panfrost.madvise = (fd, handle, advice) => {
        const answer = panfrost.madvise(fd, handle, advice)
        return advice !== WILLNEED && ++given === 20 ? 0 : answer
      }
      return { ...backend, panfrost: { ...panfrost, madvise } }
    })
    const result = await stress(board)
    expect(result.verdict).toBe('fail')
    expect(result.oracles).toContain('willneed-is-never-purged')
  })

  test('and takes a purge back', async () => {
    const board = lyingBoard(({ panfrost, ...backend }) => {
      const purged = new Set<number>()
      const madvise: typeof panfrost.madvise = (fd, handle, advice) => {
        const answer = panfrost.madvise(fd, handle, advice)
        if (answer !== 0) purged.delete(handle)
        else if (purged.delete(handle)) return 1
        else purged.add(handle)
        return answer
      }
      return { ...backend, panfrost: { ...panfrost, madvise } }
    })
    const result = await stress(board)
    expect(result.verdict).toBe('fail')
    expect(result.oracles).toContain('purged-is-for-ever')
    expect(result.violations.join()).toContain('retained = 1 after it was purged')
  })

  test('and lets the CPU into a purged buffer', async () => {
    const board = lyingBoard(({ memory, ...backend }) => {
      const read: typeof memory.read = (map, offset, length) => {
        const answer = memory.read(map, offset, length)
        return answer === RAISED_SIGBUS ? new Uint8Array(length) : answer
      }
      return { ...backend, memory: { ...memory, read } }
    })
    const result = await stress(board)
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['purged-is-for-ever'] })
    expect(result.total.confirmed).toBe(0)
  })

  test('and keeps the memory of closed buffers', async () => {
    const board = createFakeBoard()
    const keeping: Board = {
      ...board,
      files: {
        ...board.files,
        read: async (path) => {
          const text = await board.files.read(path)
          const isAfter = board.kernel.panfrost.shrinker.purgedObjects > 0
          if (path !== '/proc/meminfo' || typeof text === 'number' || !isAfter) return text
          return text.replace(/^Shmem:\s+(\d+)/m, (_all, kib: string) => `Shmem: ${Number(kib) + 4096}`)
        },
      },
    }
    expect(await stress(keeping)).toMatchObject({ verdict: 'fail', oracles: ['memory-comes-back'] })
  })

  test('and goes on charging the cgroup for them', async () => {
    const board = createFakeBoard()
    let isOver = false
    const charging: Board = {
      ...board,
      start: (name, role, args) => {
        const task = board.start(name, role, args)
        void task.exited.then(() => (isOver = true))
        return task
      },
      files: {
        ...board.files,
        read: async (path) => {
          const text = await board.files.read(path)
          if (!path.endsWith('/memory.stat') || typeof text === 'number' || !isOver) return text
          return text.replace(/^shmem (\d+)/m, (_all, bytes: string) => `shmem ${Number(bytes) + (1 << 20)}`)
        },
      },
    }
    const result = await stress(charging)
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['memory-comes-back'] })
    expect(result.violations[0]).toMatch(/1024 KiB of shared memory still charged to the cgroup/)
  })

  test('and kills somebody else than the hog', async () => {
    const board = createFakeBoard()
    const killing: Board = {
      ...board,
      start: (name, role, args) => {
        if (name === 'actor 1') void board.clock.sleep(700).then(() => board.kernel.events.add('oom_kill', 1))
        return board.start(name, role, args)
      },
    }
    const result = await stress(killing)
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['oom-takes-hogs-only'] })
    expect(result.violations).toEqual([
      'oom-takes-hogs-only: the OOM killer took 1 process(es), of which 0 were hogs',
    ])
  })

  test('and kills an actor', async () => {
    const board = createFakeBoard()
    const killing: Board = {
      ...board,
      start: (name, role, args) => {
        const task = board.start(name, role, args)
        if (name === 'actor 1') void board.clock.sleep(700).then(() => task.kill())
        return task
      },
    }
    const result = await stress(killing)
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['oom-takes-hogs-only'] })
    expect(result.violations).toEqual(['oom-takes-hogs-only: actor 1 was killed'])
  })
})

describe('the verdict', () => {
  test('is inconclusive when the pressure purges nothing', async () => {
    const result = await stress(createFakeBoard(), { pressure: ['cgroup-squeeze'], durationMs: 5000 })
    expect(result).toMatchObject({ verdict: 'inconclusive', violations: [] })
    expect(result.reason).toContain('no pressure source made the kernel purge')
    expect(result.phases).toMatchObject([{ tally: { purged: 0, oomKills: 1, hogsKilled: 1 } }])
  })

  test('is inconclusive when no source may be used, and says why', async () => {
    const result = await stress({ ...createFakeBoard(), expendable: false }, { pressure: ['root-reclaim'] })
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      phases: [{ refused: expect.stringContaining('--allow-disruptive') as string }],
    })
    expect(result.reason).toContain('no pressure source could be used here')
  })

  test('is not held back where root has said that the machine is dedicated to tests', async () => {
    const board = { ...createFakeBoard(), expendable: false }
    const read: typeof board.files.read = async (path) =>
      path === '/etc/gemrig/dedicated' ? '' : board.files.read(path)
    const dedicated = { ...board, files: { ...board.files, read } }
    expect(await stress(dedicated, { pressure: ['root-reclaim'] })).toMatchObject({ verdict: 'pass' })
  })

  test('is interrupted when the run is, whatever was purged, and everything is given back', async () => {
    const board = createFakeBoard()
    const abort = new AbortController()
    const events: StressEvent[] = []
    const result = await runStress(board, {
      plan: makePlan({ durationMs: 60_000, pressure: ['root-reclaim'] }),
      signal: abort.signal,
      emit: (event) => {
        events.push(event)
        if (event.type === 'pressure') abort.abort()
      },
    })
    expect(result.verdict).toBe('interrupted')
    expect(events.at(-1)).toMatchObject({ type: 'run-end', verdict: 'interrupted' })
    expect([...board.kernel.tasks.all()].map(({ name }) => name)).toEqual(['init', 'gemrig'])
    expect(await board.files.list('/sys/fs/cgroup')).not.toContainEqual(expect.stringMatching(/^gemrig/))
  })

  test('fails also when the run is interrupted after a promise was broken', async () => {
    const abort = new AbortController()
    const board = lyingBoard(({ memory, ...backend }) => ({
      ...backend,
      memory: { ...memory, verify: () => 0 },
    }))
    const result = await runStress(board, {
      plan: makePlan({ durationMs: 60_000, pressure: ['root-reclaim'] }),
      signal: abort.signal,
      emit: (event) => {
        if (event.type === 'violation') abort.abort()
      },
    })
    expect(result.verdict).toBe('fail')
  })
})

describe('a true run', () => {
  test('with all sources passes, and its numbers add up', async () => {
    const result = await stress(createFakeBoard(), {
      durationMs: 6000,
      pressure: makePlan({}).pressure,
      seed: 4,
    })
    expect(result).toMatchObject({ verdict: 'pass', violations: [] })
    for (const phase of result.phases) {
      if (!('tally' in phase)) throw new Error(phase.refused)
      const { purgeable, purged, confirmed, retained, verified } = phase.tally
      expect([purged + retained, confirmed, verified]).toEqual([purgeable, purged, retained])
      expect(purgeable).toBeGreaterThan(0)
    }
    const purged = result.phases.map((phase) => 'tally' in phase && phase.tally.purged > 0)
    expect(purged).toEqual([false, true, true])
    expect(result.events.filter(({ type }) => type === 'operation')).toHaveLength(result.operations)
  })

  test('of a machine that is too small is refused before it starts, with numbers', async () => {
    const board = createFakeBoard({ memoryBytes: 32 << 20 })
    await expect(stress(board)).rejects.toThrow(
      expect.objectContaining({ name: 'BoardError', code: 'no-memory' }),
    )
    await expect(stress(board)).rejects.toThrow(/need about \d+ MiB, and \d+ MiB are available.*--buffers/)
  })

  test('on a board without a device is refused, and leaves nothing behind', async () => {
    const board = createFakeBoard()
    const { drm } = board.backend
    const none: Board = { ...board, backend: { ...board.backend, drm: { ...drm, listNodes: () => [] } } }
    await expect(stress(none)).rejects.toThrow(expect.objectContaining({ name: 'NoDeviceError' }))
    expect(await board.files.list('/sys/fs/cgroup')).not.toContainEqual(expect.stringMatching(/^gemrig/))
  })
})
