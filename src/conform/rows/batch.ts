/** Rows: many requests in one call, and programs on threads. src/backend/batch-calls.ts, program-calls.ts. */
import { PROGRAM_OP } from '../../backend/program-calls.js'
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const NOEXEC = 1

const run = async (t: Trial, code: readonly (readonly number[])[], threads = 1, iterations = 1) => {
  const request = {
    driver: 'panfrost' as const,
    fd: t.fd,
    code: Uint32Array.from(code.flat()),
    threads,
    iterations,
  }
  return t.must(await t.backend.program.run(request).result)
}

export const BATCH_ROWS = group('batch', { source: 'src/backend/batch-calls.ts', needs: ['panfrost'] }, [
  {
    id: 'create',
    name: 'createMany makes buffers in order',
    run: (t) => {
      const results = new Float64Array(3)
      const count = t.backend.batch.createMany(
        'panfrost',
        t.fd,
        Uint32Array.of(4096, 8192, 1),
        NOEXEC,
        results,
      )
      return [count, ...results]
    },
    expected: [3, 1, 2, 3],
  },
  {
    id: 'create-refused',
    name: 'createMany ends at the first that is refused, and says why',
    run: (t) => {
      const results = new Float64Array(3)
      const count = t.backend.batch.createMany(
        'panfrost',
        t.fd,
        Uint32Array.of(4096, 0, 4096),
        NOEXEC,
        results,
      )
      return [count, results[0], t.answer(results[1] ?? 0), t.bo()]
    },
    expected: [1, 1, '-EINVAL', 2],
  },
  {
    id: 'madvise',
    name: 'madviseMany advises all, and ends at an unknown handle',
    run: (t) => {
      const handles = Uint32Array.of(t.bo(), t.bo(), 77, t.bo())
      const results = new Float64Array(4)
      const count = t.backend.batch.madviseMany('panfrost', t.fd, handles, 1, results)
      return [count, results[0], results[1], t.answer(results[2] ?? 0)]
    },
    expected: [2, 1, 1, '-ENOENT'],
  },
  {
    id: 'close',
    name: 'gemCloseMany closes in order, and ends at an unknown handle',
    run: (t) => {
      const handles = Uint32Array.of(t.bo(), t.bo(), 77, t.bo())
      return [t.backend.drm.gemCloseMany(t.fd, handles), t.madvise(1, 0), t.madvise(3, 0)]
    },
    expected: [2, '-ENOENT', 1],
  },
  {
    id: 'length',
    name: 'results that are too short are a TypeError',
    run: (t) => [
      t.thrown(() =>
        t.backend.batch.createMany('panfrost', t.fd, new Uint32Array(2), 1, new Float64Array(1)),
      ),
      t.thrown(() =>
        t.backend.batch.madviseMany('panfrost', t.fd, new Uint32Array(2), 1, new Float64Array(1)),
      ),
    ],
    expected: ['TypeError', 'TypeError'],
  },
  {
    id: 'create-on-a-thread',
    name: 'a buffer that a thread makes is one as others are; a refusal is told',
    run: async (t) => {
      const { blocking } = t.backend
      const handle = await blocking.createBuffer('panfrost', t.fd, 8192, NOEXEC).result
      return [handle, t.answer(await blocking.createBuffer('panfrost', t.fd, 0, NOEXEC).result)]
    },
    expected: [1, '-EINVAL'],
  },
  {
    id: 'clock',
    name: 'the clock of absolute times does not go back',
    run: (t) => {
      const first = t.backend.blocking.nowNs()
      return t.backend.blocking.nowNs() >= first
    },
    expected: true,
  },
  {
    id: 'program',
    name: 'four threads make, fill, give away, take back, check and close buffers of their own',
    needs: ['program'],
    run: async (t) => {
      const { create, map, fill, madvise, verify, close } = PROGRAM_OP
      const report = await run(
        t,
        [
          [create, 0, 65536, NOEXEC],
          [map, 0, 0, 0],
          [fill, 0, 5, 0],
          [madvise, 0, 1, 0],
          [madvise, 0, 0, 0],
          [verify, 0, 5, 0],
          [close, 0, 0, 0],
        ],
        4,
        25,
      )
      const counts = Object.values(report.operations)
      return [report.iterations, counts.reduce((sum, { corrupt }) => sum + corrupt, 0), t.bo()]
    },
    expected: [100, 0, 1],
  },
  {
    id: 'program-refused',
    name: 'what is refused is counted by its errno, and nothing is left behind',
    needs: ['program'],
    run: async (t) => {
      const { operations } = await run(t, [
        [PROGRAM_OP.create, 0, 0, NOEXEC],
        [PROGRAM_OP.create, 1, 4096, NOEXEC],
        [PROGRAM_OP.create, 1, 4096, NOEXEC],
      ])
      return [operations.create?.count, operations.create?.errors, t.bo()]
    },
    expected: [3, { 17: 1, 22: 1 }, 1],
  },
  {
    id: 'program-wrong',
    name: 'an unknown operation and a slot that there is not are a TypeError',
    needs: ['program'],
    run: (t) => {
      const start = (code: Uint32Array) => () =>
        t.backend.program.run({ driver: 'panfrost', fd: t.fd, code, threads: 1, iterations: 1 })
      return [Uint32Array.of(99, 0, 0, 0), Uint32Array.of(0, 5000, 0, 0)].map((code) => t.thrown(start(code)))
    },
    expected: ['TypeError', 'TypeError'],
  },
])
