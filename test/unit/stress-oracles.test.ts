/** Kernels that hang, answer what they should not, or purge what is held. */
import { describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import type { ViolationEvent } from '../../src/events/stress-event.js'
import { Judge } from '../../src/oracle/judge.js'
import { Executor } from '../../src/workload/execute.js'
import type { Operation } from '../../src/workload/operation.js'
import { lyingBoard, stress } from './lying-board.js'

describe('documented-errnos-only', () => {
  test('fails when the kernel refuses with an error that nobody documents', async () => {
    const board = lyingBoard(({ panfrost, ...backend }) => {
      let calls = 0
      const madvise: typeof panfrost.madvise = (...args) =>
        ++calls === 20 ? -ERRNO.ENOSPC : panfrost.madvise(...args)
      return { ...backend, panfrost: { ...panfrost, madvise } }
    })
    const result = await stress(board, { actors: 1 })
    expect(result.oracles).toContain('documented-errnos-only')
    expect(result.violations[0]).toMatch(/answered ENOSPC; documented are EINTR$/)
  })

  test('does not fail when it is interrupted by a signal', async () => {
    const board = lyingBoard(({ panfrost, ...backend }) => {
      let calls = 0
      const madvise: typeof panfrost.madvise = (...args) =>
        ++calls === 20 ? -ERRNO.EINTR : panfrost.madvise(...args)
      return { ...backend, panfrost: { ...panfrost, madvise } }
    })
    expect((await stress(board, { actors: 1 })).oracles).toEqual([])
  })
})

describe('no-operation-hangs', () => {
  /** The kernel is busy with one call of each actor for so long. */
  const hangingBoard = (ms: number, board = createFakeBoard({ seed: 1 })) =>
    lyingBoard(({ panfrost, ...backend }, { pid }) => {
      const { kernel } = board
      let calls = 0
      const madvise: typeof panfrost.madvise = (...args) => {
        const task = kernel.tasks.get(pid)
        if (++calls === 20 && task !== undefined) kernel.syscall(task, ms * 1e6, () => 0)
        return panfrost.madvise(...args)
      }
      return { ...backend, panfrost: { ...panfrost, madvise } }
    }, board)

  test('fails, names the actor and its operation, and the run cleans up and ends', async () => {
    const board = createFakeBoard({ seed: 1 })
    const result = await stress(hangingBoard(3_600_000, board), {}, { hangDeadlineMs: 20_000 })
    expect(result).toMatchObject({ verdict: 'fail', oracles: ['no-operation-hangs'] })
    expect(result.violations[0]).toMatch(
      /^no-operation-hangs: actor \d \(pid \d+\) gave no sign for 2\d s, at operation \d+ \w+/,
    )
    const hang = result.events.find((event) => event.type === 'hang')
    expect(hang).toMatchObject({ state: 'S' })
    const unfinished = result.events.filter((event) => event.type === 'operation-unfinished')
    const stuck = unfinished.find(({ actor }) => actor === hang?.actor)
    expect(hang?.doing).toBe(`${stuck?.n} madvise`)
    expect(stuck?.operation).toMatchObject({ op: 'madvise' })
    expect(result.events.at(-1)).toMatchObject({ type: 'run-end', verdict: 'fail' })
    expect([...board.kernel.tasks.all()].map(({ name }) => name)).toEqual(['init', 'gemrig'])
    expect(await board.files.list('/sys/fs/cgroup')).not.toContainEqual(expect.stringMatching(/^gemrig/))
  })

  test('does not fail on actors that are slow', async () => {
    const result = await stress(hangingBoard(15_000), {}, { hangDeadlineMs: 20_000 })
    expect(result.oracles).toEqual([])
  })

  test('does not fail on actors that a pressure source froze', async () => {
    const board = hangingBoard(100_000)
    const read: typeof board.files.read = async (path) =>
      path.endsWith('/workload/cgroup.events') ? 'populated 1\nfrozen 1\n' : board.files.read(path)
    const result = await stress({ ...board, files: { ...board.files, read } }, {}, { hangDeadlineMs: 20_000 })
    expect(result.oracles).toEqual([])
  })

  test('does not count the time for which they were frozen', async () => {
    const board = hangingBoard(30_000)
    const read: typeof board.files.read = async (path) =>
      path.endsWith('/workload/cgroup.events')
        ? `populated 1\nfrozen ${board.clock.nowUs() < 15e6 ? 1 : 0}\n`
        : board.files.read(path)
    const result = await stress({ ...board, files: { ...board.files, read } }, {}, { hangDeadlineMs: 20_000 })
    expect(result.oracles).toEqual([])
  })
})

describe('held-is-never-purged', () => {
  const B = { buffer: 1 }
  const PROGRAM: readonly Operation[] = [
    { op: 'create', ...B, sizeBytes: 65536, noexec: true },
    { op: 'export', ...B },
    { op: 'madvise', ...B, advice: 'dontneed' },
    { op: 'madvise', ...B, advice: 'willneed' },
    { op: 'close', ...B },
  ]

  /** A kernel that hands out a dma-buf and then knows nothing of it. */
  const run = async (dropsCaches: boolean) => {
    const board = createFakeBoard()
    const { drm } = board.backend
    const primeHandleToFd = () => drm.open('/dev/null')
    const judge = new Judge()
    const backend = { ...board.backend, drm: { ...drm, primeHandleToFd } }
    using device = openDeviceOf(backend, { driver: 'panfrost' })
    const executor = new Executor(backend, device)
    const found: ViolationEvent[] = []
    for (const [n, operation] of PROGRAM.entries()) {
      if (n === 3 && dropsCaches) await board.files.write('/proc/sys/vm/drop_caches', '2')
      const outcome = await executor.execute(operation)
      found.push(
        ...judge.observe({ type: 'operation', t: n, durationUs: 1, actor: 0, n, operation, outcome }),
      )
    }
    return found
  }

  test('is silent on an exported buffer that is retained', async () => {
    expect(await run(false)).toEqual([])
  })

  test('fails on a kernel that purges what is exported', async () => {
    expect(await run(true)).toMatchObject([
      { oracle: 'held-is-never-purged', message: expect.stringContaining('though it is exported') as string },
    ])
  })
})

describe('a handle that was closed behind the back of its user', () => {
  test('must not answer', async () => {
    const board = lyingBoard(({ panfrost, ...backend }) => {
      const madvise: typeof panfrost.madvise = (...args) => Math.max(0, panfrost.madvise(...args))
      return { ...backend, panfrost: { ...panfrost, madvise } }
    })
    const result = await stress(board, { scenario: 'handle-guess', actors: 1 })
    expect(result.oracles).toContain('documented-errnos-only')
    expect(result.violations.join()).toMatch(/madvise\): purged, though its handle was closed/)
  })

  test('answers nothing else than that it is not there', async () => {
    const board = lyingBoard(({ drm, ...backend }) => {
      const primeHandleToFd: typeof drm.primeHandleToFd = (...args) => {
        const fd = drm.primeHandleToFd(...args)
        return fd < 0 ? -ERRNO.EFAULT : fd
      }
      return { ...backend, drm: { ...drm, primeHandleToFd } }
    })
    const result = await stress(board, { scenario: 'handle-guess', actors: 1 })
    expect(result.violations.join()).toMatch(/export\): PRIME_HANDLE_TO_FD answered EFAULT/)
  })
})

describe('a forked process', () => {
  test('that sees other content than its parent is noticed', async () => {
    const board = lyingBoard(({ memory, ...backend }) => ({
      ...backend,
      memory: { ...memory, verifyInFork: () => 100 },
    }))
    const result = await stress(board, { scenario: 'mmap-fork', actors: 1 })
    expect(result.oracles).toEqual(['retained-is-intact'])
    expect(result.violations[0]).toMatch(/verify-in-fork\): the byte at offset 100 is not/)
  })
})

describe('jobs', () => {
  test('of a GPU that executes none time out, and the verdict says so', async () => {
    const board = createFakeBoard({ gpuJobNs: Infinity })
    const result = await stress(board, { scenario: 'submit', actors: 1, durationMs: 20_000 })
    expect(result.violations).toEqual([])
    expect(result.reason).toMatch(/, \d+ GPU jobs timed out, as nothing executes them here, no promise/)
    const { jobs = 0, jobsTimedOut } = result.total
    expect(jobs).toBeGreaterThan(0)
    expect(jobsTimedOut).toBe(jobs)
  })

  test('of one that does complete', async () => {
    const result = await stress(createFakeBoard(), { scenario: 'submit', actors: 1 })
    expect(result.reason).toMatch(/, \d+ GPU jobs completed, no promise/)
  })
})

test('a scenario for other drivers is refused where there are none of them', async () => {
  await expect(stress(createFakeBoard(), { scenario: 'evict-refault' })).rejects.toThrow(/no panthor device/)
})
