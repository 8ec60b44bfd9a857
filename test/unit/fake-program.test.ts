import { describe, expect, test } from 'vitest'
import { bucketOfNs, HISTOGRAM_BUCKETS, PROGRAM_OP } from '../../src/backend/program-calls.js'
import { createFakeBoard, type FakeBoard } from '../../src/board/fake-board.js'
import { bucketStartNs } from '../../src/device/latency-histogram.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import type { ProgramOptions, ProgramResult } from '../../src/device/program.js'

const LIFE: ProgramOptions['operations'] = [
  { op: 'create', slot: 0, sizeBytes: 65536 },
  { op: 'map', slot: 0 },
  { op: 'fill', slot: 0, seed: 5n },
  { op: 'madvise', slot: 0, advice: 'dontneed' },
  { op: 'sleep', microseconds: 200 },
  { op: 'madvise', slot: 0, advice: 'willneed' },
  { op: 'verify', slot: 0, seed: 5n },
  { op: 'close', slot: 0 },
]

async function runOn(board: FakeBoard, options: ProgramOptions): Promise<ProgramResult> {
  const device = openDeviceOf(board.backend, { driver: 'panfrost' })
  try {
    return await device.runProgram(options)
  } finally {
    device.close()
  }
}

const run = (options: ProgramOptions, board = createFakeBoard()) => board.run(() => runOn(board, options))

describe('programs on the simulated kernel', () => {
  test('count all operations of all threads, and give everything back', async () => {
    const board = createFakeBoard()
    const result = await run({ operations: LIFE, threads: 3, iterations: 5 }, board)
    expect(result).toMatchObject({ iterations: 15, stopped: false })
    expect(result.operations.create).toMatchObject({ count: 15, purged: 0, corrupt: 0, errors: {} })
    expect(result.operations.madvise?.count).toBe(30)
    expect(result.operations.verify?.latency.count).toBe(15)
    board.kernel.checkInvariants()
  })

  test('are the same each time', async () => {
    const options = { operations: LIFE, threads: 4, iterations: 7 }
    expect(await run(options)).toEqual(await run(options))
  })

  test('threads run beside each other: their sleeps overlap', async () => {
    const operations = [{ op: 'sleep', microseconds: 5000 }] as const
    const [one, eight] = [
      await run({ operations, iterations: 4 }),
      await run({ operations, iterations: 4, threads: 8 }),
    ]
    expect(one.elapsedNs).toBeGreaterThan(20_000_000)
    expect(eight.elapsedNs).toBeLessThan(2 * one.elapsedNs)
    expect(eight.operations.sleep?.minimumNs).toBeGreaterThanOrEqual(5_000_000)
  })

  test('other processes press meanwhile, and purged buffers are counted', async () => {
    const board = createFakeBoard()
    const result = await board.run(async () => {
      const running = runOn(board, { operations: LIFE, threads: 2, iterations: 40 })
      for (let i = 0; i < 10; i++) {
        await board.clock.sleep(1)
        await board.files.write('/proc/sys/vm/drop_caches', '2')
      }
      return running
    })
    expect(result.iterations).toBe(80)
    expect(result.operations.madvise?.purged).toBeGreaterThan(0)
    // A purged buffer raises SIGBUS until it is closed.
    expect(result.operations.verify?.purged).toBe(result.operations.madvise?.purged)
    expect(result.operations.verify?.corrupt).toBe(0)
  })

  test('end when they are told to', async () => {
    const board = createFakeBoard()
    const controller = new AbortController()
    const result = await board.run(async () => {
      const running = runOn(board, { operations: LIFE, signal: controller.signal })
      await board.clock.sleep(20)
      controller.abort()
      return running
    })
    expect(result.stopped).toBe(true)
    expect(result.iterations).toBeGreaterThan(1)
  })

  test('content that another pattern overwrote is corrupt; a slot without a mapping is refused', async () => {
    const { operations } = await run({
      iterations: 1,
      operations: [
        { op: 'create', slot: 1, sizeBytes: 4096 },
        { op: 'touch', slot: 1 },
        { op: 'map', slot: 1 },
        { op: 'map', slot: 1 },
        { op: 'fill', slot: 1, seed: 1n },
        { op: 'verify', slot: 1, seed: 2n },
      ],
    })
    expect(operations.verify?.corrupt).toBe(1)
    expect(operations.touch?.errors).toEqual({ 22: 1 })
    expect(operations.map?.errors).toEqual({ 17: 1 })
  })

  test('threads advise one buffer at once, by its handle; a handle that nothing has is refused', async () => {
    const board = createFakeBoard()
    const { operations } = await board.run(async () => {
      using device = openDeviceOf(board.backend, { driver: 'panfrost' })
      using buffer = device.createBuffer({ sizeBytes: 65536 })
      const result = await device.runProgram({
        operations: [
          { op: 'madviseHandle', handle: buffer.handle, advice: 'dontneed' },
          { op: 'sleep', microseconds: 2000 },
          { op: 'madviseHandle', handle: buffer.handle + 1, advice: 'dontneed' },
        ],
        threads: 3,
        iterations: 2,
      })
      await board.files.write('/proc/sys/vm/drop_caches', '2')
      expect(buffer.madvise('willneed')).toEqual({ retained: false })
      return result
    })
    expect(operations.madviseHandle).toMatchObject({ count: 12, purged: 0, errors: { 2: 6 } })
  })

  test('a process that the OOM killer took leaves no thread behind', async () => {
    const board = createFakeBoard()
    await board.run(async () => {
      const role = async ({ backend }: { backend: FakeBoard['backend'] }) => {
        const fd = backend.drm.open('/dev/dri/renderD128')
        const code = Uint32Array.of(PROGRAM_OP.sleep, 0, 100, 0)
        await backend.program.run({ driver: 'panfrost', fd, code, threads: 2, iterations: 1e6 }).result
      }
      const task = board.start('worker', role as never, undefined)
      await board.clock.sleep(10)
      board.kill(task.pid)
      await task.exited
    })
    board.kernel.checkInvariants()
  })
})

test('durations fall into the bucket that begins at or before them', () => {
  for (const ns of [
    0,
    1,
    15,
    16,
    17,
    31,
    32,
    33,
    1000,
    65535,
    65536,
    2 ** 31,
    2 ** 40 - 1,
    2 ** 49 - 1,
    2 ** 53 - 1,
  ]) {
    const bucket = bucketOfNs(ns)
    expect(bucketStartNs(bucket)).toBeLessThanOrEqual(ns)
    expect(bucketStartNs(bucket + 1)).toBeGreaterThan(ns)
    expect(bucket).toBeLessThan(HISTOGRAM_BUCKETS)
  }
})
