import { describe, expect, test } from 'vitest'
import {
  createFakeBoard,
  MainProcessKilled,
  SimulatedDeadlock,
  type FakeBoard,
} from '../../src/board/fake-board.js'
import { KernelViolation } from '../../src/sim/sched/violation.js'
import type { Role, TaskContext } from '../../src/board/task.js'
import { isRefused } from '../../src/backend/outcome.js'

const MIB = 1 << 20
const MODULE = { moduleUrl: import.meta.url, exportName: 'none' }

function role<Arguments>(run: (context: TaskContext, args: Arguments) => Promise<void>): Role<Arguments> {
  return { ...MODULE, run }
}

const echo = role(async (context, prefix: string) => {
  for (;;) {
    const message = await context.receive()
    if (message === 'end') return
    context.post(`${prefix}${JSON.stringify(message)}`)
  }
})

const eater = role(async ({ backend, clock }, bytes: number) => {
  const map = backend.memory.mapAnonymous(bytes)
  if (isRefused(map)) throw new Error('no room')
  for (let done = 0; done < bytes; done += MIB) {
    backend.memory.fill(map, 1n, done, MIB)
    await clock.sleep(1)
  }
  await clock.sleep(Infinity)
})

describe('an oops', () => {
  const listedTwice = ({ backend }: FakeBoard) => {
    const fd = backend.drm.open('/dev/dri/renderD128')
    const made = backend.panfrost.createBo(fd, 4096, 1)
    if (isRefused(made)) throw new Error('no buffer')
    backend.panfrost.madvise(fd, made.handle, 1)
    backend.panfrost.madvise(fd, made.handle, 1)
  }

  test('of the process that drives the board ends the program, and says why', async () => {
    const board = createFakeBoard({ bugs: ['double-dontneed'] })
    const waits = board.run(async () => {
      await board.clock.sleep(1)
      void Promise.resolve()
        .then(() => listedTwice(board))
        .catch(() => undefined)
      await board.clock.sleep(Infinity)
    })
    await expect(waits).rejects.toThrow(MainProcessKilled)
    await expect(waits).rejects.toThrow(/killed the process that drives the board: list/)
  })

  test('of a thread that writes a pseudo-file takes that thread alone', async () => {
    const board = createFakeBoard({ bugs: ['shared-bo-purged'] })
    const { kernel, files, clock } = board
    kernel.fileSystem.write = () => {
      throw new KernelViolation('kernel-bug', 'kernel BUG at somewhere.c')
    }
    const outcome = await board.run(async () => {
      const write = files.write('/proc/sys/vm/drop_caches', '2').then(() => 'back')
      return Promise.race([write, clock.sleep(60_000).then(() => 'late')])
    })
    expect(outcome).toBe('late')
    expect(kernel.log.lines.map(({ text }) => text)).toContain('kernel BUG at somewhere.c')
    expect(typeof (await files.read('/proc/meminfo'))).toBe('string')
  })
})

describe('time', () => {
  test('moves when all wait, by what they wait for, and no real time passes', async () => {
    const board = createFakeBoard()
    const startMs = Date.now()
    const elapsedUs = await board.run(async () => {
      const startUs = board.clock.nowUs()
      await board.clock.sleep(3_600_000)
      return board.clock.nowUs() - startUs
    })
    expect(elapsedUs).toBeGreaterThanOrEqual(3_600_000_000)
    expect(elapsedUs).toBeLessThan(3_600_001_000)
    expect(Date.now() - startMs).toBeLessThan(2000)
  })

  test('moves with work, also between two waits', async () => {
    const board = createFakeBoard()
    await board.run(async () => {
      const fd = board.backend.drm.open('/dev/dri/renderD128')
      const before = board.clock.nowUs()
      board.backend.panfrost.createBo(fd, 8 * MIB, 1)
      const after = board.clock.nowUs()
      expect(after - before).toBeGreaterThan(100)
      await board.clock.sleep(0)
      expect(board.clock.nowUs()).toBeGreaterThanOrEqual(after)
    })
  })

  test('a sleep ends when its signal is aborted, and at once when it was', async () => {
    const board = createFakeBoard()
    await board.run(async () => {
      const controller = new AbortController()
      const sleeping = board.clock.sleep(1e9, controller.signal)
      await board.clock.sleep(5)
      controller.abort()
      await sleeping
      await board.clock.sleep(Infinity, controller.signal)
      expect(board.clock.nowUs()).toBeLessThan(20_000)
    })
  })

  test('a program that nobody can wake is told so', async () => {
    const board = createFakeBoard()
    await expect(board.run(() => new Promise(() => undefined))).rejects.toThrow(SimulatedDeadlock)
    await expect(board.run(() => Promise.resolve(5))).resolves.toBe(5)
    await expect(board.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })
})

describe('tasks', () => {
  test('messages arrive as JSON and in order, also those sent before anybody listened', async () => {
    const board = createFakeBoard({ seed: 7 })
    const heard: unknown[] = []
    const exit = await board.run(async () => {
      const task = board.start('echo', echo, 'got ')
      const message = { i: -1, gone: undefined }
      while (++message.i < 20) task.post(message)
      task.post('end')
      await board.clock.sleep(100)
      task.onMessage((message) => heard.push(message))
      return task.exited
    })
    expect(exit).toEqual({ code: 0, signal: null, stderr: '' })
    expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => `got {"i":${i}}`))
  })

  test('the end of a task comes after all it said', async () => {
    const board = createFakeBoard({ seed: 3 })
    const order: unknown[] = []
    await board.run(async () => {
      const task = board.start(
        'talker',
        role(async (context) => {
          for (const message of [1, 2, 3]) context.post(message)
          await context.clock.sleep(0)
        }),
        null,
      )
      task.onMessage((message) => order.push(message))
      await task.exited.then(() => order.push('exit'))
    })
    expect(order).toEqual([1, 2, 3, 'exit'])
  })

  test('an error that a role does not catch is code 1 with its text', async () => {
    const board = createFakeBoard()
    const failing = role(() => Promise.reject(new RangeError('too much')))
    const exit = await board.run(() => board.start('failing', failing, null).exited)
    expect(exit).toEqual({ code: 1, signal: null, stderr: 'RangeError: too much' })
  })

  test('kill() ends a task in its wait for good, and gives its memory back', async () => {
    const board = createFakeBoard()
    let resumed = false
    await board.run(async () => {
      const free = board.kernel.pages.freePages
      const sleeper = role(async ({ clock }) => {
        try {
          await clock.sleep(10)
        } finally {
          resumed = true
        }
      })
      const task = board.start('sleeper', sleeper, null)
      await board.clock.sleep(5)
      expect(board.kernel.pages.freePages).toBeLessThan(free)
      task.kill()
      task.kill()
      expect(await task.exited).toEqual({ code: null, signal: 'SIGKILL', stderr: '' })
      expect(board.kernel.pages.freePages).toBe(free)
      await board.clock.sleep(100)
    })
    expect(resumed).toBe(false)
  })

  test('the board kills by pid, what is gone is left alone, and init lives', async () => {
    const board = createFakeBoard()
    const exit = await board.run(() => {
      const task = board.start('echo', echo, '')
      for (const pid of [task.pid, task.pid, 12345, 1]) board.kill(pid)
      return task.exited
    })
    expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect([...board.kernel.tasks.all()].map(({ name }) => name)).toEqual(['init', 'gemrig'])
  })

  test('a task that the OOM killer takes ends with SIGKILL; the others and the harness go on', async () => {
    const board = createFakeBoard({ memoryBytes: 64 * MIB })
    await board.run(async () => {
      const quiet = board.start('echo', echo, '')
      const hog = board.start('hog', eater, 63 * MIB)
      await board.files.write(`/proc/${hog.pid}/oom_score_adj`, '1000')
      expect(await hog.exited).toMatchObject({ code: null, signal: 'SIGKILL' })
      quiet.post('end')
      expect(await quiet.exited).toMatchObject({ code: 0 })
    })
    board.kernel.checkInvariants()
    expect(board.kernel.events.get('oom_kill')).toBe(1)
  })

  test('are born in the cgroup of the harness with its oom_score_adj, and none outlives run()', async () => {
    const board = createFakeBoard()
    await board.run(async () => {
      await board.files.makeDirectory('/sys/fs/cgroup/a')
      await board.files.write('/sys/fs/cgroup/a/cgroup.procs', '0')
      await board.files.write('/proc/self/oom_score_adj', '-500')
      const task = board.start('echo', echo, '')
      expect(await board.files.read(`/proc/${task.pid}/cgroup`)).toBe('0::/a\n')
      expect(await board.files.read(`/proc/${task.pid}/oom_score_adj`)).toBe('-500\n')
    })
    expect([...board.kernel.tasks.all()].map(({ name }) => name)).toEqual(['init', 'gemrig'])
  })

  test('while a write to a pseudo-file takes its time, others run', async () => {
    const board = createFakeBoard()
    const order: string[] = []
    await board.run(async () => {
      const fd = board.backend.drm.open('/dev/dri/renderD128')
      for (let i = 0; i < 500; i++) {
        const bo = board.backend.panfrost.createBo(fd, 65536, 1)
        if (!isRefused(bo)) board.backend.panfrost.madvise(fd, bo.handle, 1)
      }
      const dropping = board.files.write('/proc/sys/vm/drop_caches', '3').then(() => order.push('dropped'))
      const slept = board.clock.sleep(1).then(() => order.push('slept'))
      await Promise.all([dropping, slept])
    })
    expect(order).toEqual(['slept', 'dropped'])
    expect(board.kernel.panfrost.shrinker.purgedObjects).toBe(500)
  })
})

describe('determinism', () => {
  /** Three tasks with buffers and a hog race for a small machine: what everybody saw, and when. */
  async function race(seed: number): Promise<string[]> {
    const board: FakeBoard = createFakeBoard({ seed, memoryBytes: 32 * MIB })
    const trace: string[] = []
    const worker = role(async (context, name: string) => {
      const { backend, clock } = context
      const fd = backend.drm.open('/dev/dri/renderD128')
      for (let i = 0; i < 40; i++) {
        const bo = backend.panfrost.createBo(fd, 256 * 1024, 1)
        context.post(`${name} ${i} ${isRefused(bo) ? bo : bo.handle} at ${clock.nowUs()}`)
        if (!isRefused(bo)) backend.panfrost.madvise(fd, bo.handle, 1)
        await clock.sleep(1)
        if (!isRefused(bo))
          context.post(`${name} retained ${backend.panfrost.madvise(fd, bo.handle, i % 3 === 0 ? 0 : 1)}`)
      }
    })
    await board.run(async () => {
      const tasks = ['a', 'b', 'c'].map((name) => board.start(name, worker, name))
      tasks.push(board.start('hog', eater, 24 * MIB))
      for (const task of tasks)
        task.onMessage((message) => trace.push(`${board.clock.nowUs()} ${String(message)}`))
      const exits = await Promise.all(tasks.map((task) => task.exited))
      trace.push(
        JSON.stringify(exits),
        ...board.kernel.log.lines.map(({ timeNs, text }) => `${timeNs} ${text}`),
      )
    })
    return trace
  }

  test('the same seed gives the same run, another seed another', async () => {
    const first = await race(1)
    expect(first.some((line) => line.includes('Purging'))).toBe(true)
    expect(first.some((line) => line.includes('SIGKILL'))).toBe(true)
    expect(await race(1)).toEqual(first)
    expect(await race(2)).not.toEqual(first)
  })
})
