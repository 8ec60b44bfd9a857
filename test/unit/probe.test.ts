import { describe, expect, test } from 'vitest'
import type { Backend } from '../../src/backend/backend.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { PressureName } from '../../src/pressure/pressure-source.js'
import { PRESSURE_SOURCES } from '../../src/pressure/sources.js'
import { explain } from '../../src/probe/explain.js'
import type { PoolCell, ProbeCell, ProbeTarget } from '../../src/probe/probe-event.js'
import { runProbe } from '../../src/probe/run-probe.js'
import { probeTable } from '../../src/report/probe-table.js'

const BUFFERS = 16

async function probeFake(pressure: readonly PressureName[], board: Board = createFakeBoard()) {
  const plan = { pressure, durationMs: 2000, buffers: BUFFERS, bufferBytes: 256 * 1024 }
  return runProbe(board, { plan, emit: () => undefined })
}

const cellOf = (cells: readonly ProbeCell[], source: PressureName) =>
  cells.find((cell) => cell.source === source)

describe('a probe of the simulated machine', () => {
  test('measures what reaches Panfrost: the whole machine does, a cgroup does not', async () => {
    const { cells, targets } = await probeFake(PRESSURE_SOURCES.map((source) => source.name))
    expect(targets.map((target) => target.driver)).toContain('panfrost')
    const reclaimed = (source: PressureName) => {
      const cell = cellOf(cells, source)
      return cell !== undefined && 'reclaimed' in cell ? cell.reclaimed : undefined
    }
    expect(reclaimed('drop-caches')).toBe(BUFFERS)
    expect(reclaimed('root-reclaim')).toBe(BUFFERS)
    expect(reclaimed('machine-pressure')).toBeGreaterThan(0)
    for (const source of ['page-cache-drop', 'memory-high', 'memory-reclaim', 'memory-max'] as const)
      expect(reclaimed(source), source).toBe(0)
    expect(cellOf(cells, 'memory-max')).toMatchObject({ oomKills: 1, hogsKilled: 1, targetKilled: false })
    for (const cell of cells) if ('broken' in cell) expect(cell.broken).toEqual([])
  })

  test('leaves no cgroup, process or state behind', async () => {
    const board = createFakeBoard()
    await probeFake(['memory-max', 'root-reclaim'], board)
    const names = await board.files.list('/sys/fs/cgroup')
    expect(typeof names === 'number' ? [] : names.filter((name) => name.startsWith('gemrig-'))).toEqual([])
    expect(board.state.list()).toEqual([])
  })

  test('removes the swap and the trace instance that a killed run left', async () => {
    const board = createFakeBoard()
    board.state.write('gemrig-4711-1-zram', 'zram 7')
    board.state.write('gemrig-4711-1-trace', 'gemrig-4711-1')
    await probeFake(['page-cache-drop'], board)
    expect(board.state.list()).toEqual([])
  })

  test('notices a kernel that purges what was never given away', async () => {
    const board = createFakeBoard()
    const liar: Board = {
      ...board,
      start: (name, role, args) =>
        board.start(
          name,
          {
            ...role,
            run: (context, own) => role.run({ ...context, backend: purgesAll(context.backend) }, own),
          },
          args,
        ),
    }
    const { cells } = await probeFake(['drop-caches'], liar)
    expect(cells[0]).toMatchObject({ broken: ['a buffer that was never given away was purged'] })
  })
})

describe('a probe in which something hangs', () => {
  const HOUR_NS = 3600e9
  /** The process with the buffers is busy in the kernel for an hour, from the nth such call on. */
  const hanging = (when: 'fill' | 'look' | 'check', nth: number) => {
    const board = createFakeBoard()
    const start: Board['start'] = (name, role, args) => {
      if (name !== 'probe target') return board.start(name, role, args)
      const run: typeof role.run = (context, own) => {
        let calls = 0
        const hang = () => {
          const task = board.kernel.tasks.get(context.pid)
          if (++calls === nth && task !== undefined) board.kernel.syscall(task, HOUR_NS, () => 0)
        }
        const { panfrost, fdinfo, batch } = context.backend
        const backend: Backend = {
          ...context.backend,
          ...(when === 'fill' && {
            panfrost: { ...panfrost, createBo: (...each) => (hang(), panfrost.createBo(...each)) },
          }),
          ...(when === 'look' && { fdinfo: { read: (fd) => (hang(), fdinfo.read(fd)) } }),
          ...(when === 'check' && {
            batch: { ...batch, madviseMany: (...each) => (hang(), batch.madviseMany(...each)) },
          }),
        }
        return role.run({ ...context, backend }, own)
      }
      return board.start(name, { ...role, run }, args)
    }
    return { ...board, start }
  }

  test.each([
    ['fill', 3],
    ['look', 3],
    ['check', 2],
  ] as const)('at %s tells that in its cell, and ends', async (when, nth) => {
    const board = hanging(when, nth)
    const { cells, interrupted } = await probeFake(['drop-caches', 'root-reclaim'], board)
    expect(cells).toMatchObject([
      {
        source: 'drop-caches',
        broken: [expect.stringMatching(/^the process with the buffers \(pid \d+\) did not/)],
      },
    ])
    expect(interrupted).toBe(false)
    expect(await board.files.list('/sys/fs/cgroup')).not.toContainEqual(expect.stringMatching(/^gemrig/))
  })

  test('tells a write of the source that hangs, too', async () => {
    const board = createFakeBoard()
    const write: typeof board.files.write = async (path, text) => {
      if (path.endsWith('drop_caches') && text === '2') await board.clock.sleep(3_600_000)
      return board.files.write(path, text)
    }
    const { cells } = await probeFake(['drop-caches'], { ...board, files: { ...board.files, write } })
    expect(cells).toMatchObject([
      { broken: ['the write to /proc/sys/vm/drop_caches did not come back for 60 s'] },
    ])
  })
})

/** Whatever is asked, the buffer was purged. */
function purgesAll({ batch, ...backend }: Backend): Backend {
  const madviseMany: typeof batch.madviseMany = (_driver, _fd, handles, _advice, results) => {
    results.fill(0)
    return handles.length
  }
  return { ...backend, batch: { ...batch, madviseMany } }
}

describe('pools of pages', () => {
  const SOURCES = [
    'page-cache-drop',
    'memory-reclaim',
    'memory-max',
    'root-reclaim',
    'drop-caches',
    'machine-pressure',
  ] as const
  const probePools = (board: Board) => {
    const plan = { pressure: SOURCES, durationMs: 2000, buffers: BUFFERS, bufferBytes: 256 * 1024 }
    return runProbe(board, { plan, pools: true, emit: () => undefined })
  }
  /** Of each source: pages that its pressure left, and what the probe says to it. */
  const leftOf = (pools: readonly PoolCell[], name: string) =>
    pools.flatMap((cell) =>
      cell.pool === name && !('refused' in cell)
        ? [[cell.source, cell.pagesBefore, cell.pagesAfter] as const]
        : [],
    )

  test.each(['system-pooled', 'ion'] as const)(
    'of the heap %s are filled, and given back to whom they reach',
    async (kind) => {
      const { pools, others } = await probePools(createFakeBoard({ heaps: [kind], shrinkerDebug: true }))
      const heap = kind === 'ion' ? 'ion_system_heap' : 'system'
      const left = leftOf(pools, `pool of heap ${heap}`)
      expect(left.map(([source]) => source)).toEqual(SOURCES)
      for (const [source, before, after] of left) {
        expect([source, before]).toEqual([source, 2048])
        if (source === 'drop-caches') expect(after).toBe(0)
        else if (source === 'root-reclaim' || source === 'machine-pressure')
          expect(after).toBeLessThan(before)
        else expect([source, after]).toEqual([source, before])
      }
      const why = pools.flatMap((cell) => (cell.source === 'memory-max' ? [cell] : []))
      expect(why).toMatchObject([{ explanation: expect.stringContaining('not memcg-aware') as string }])
      expect(others.map(({ driver }) => driver)).toEqual(['vgem', 'ttm'])
    },
  )

  test("of TTM are counted as they are: i915's own buffers are shmem, so others fill it", async () => {
    const board = createFakeBoard({ gpu: 'i915' })
    const { pool } = board.kernel.i915.bdev
    const blocks = pool.alloc(512, 'write-combined')
    if (typeof blocks === 'number') throw new Error(`no pages: ${blocks}`)
    pool.free(blocks, 'write-combined')
    const { pools } = await probePools(board)
    const left = leftOf(pools, 'TTM page pool')
    expect(left.slice(0, 3)).toEqual(SOURCES.slice(0, 3).map((source) => [source, 512, 512]))
    expect(left.at(4)?.[2]).toBe(0)
    expect(pools.at(-1)).toMatchObject({
      pagesBefore: 0,
      explanation: expect.stringContaining('is empty') as string,
    })
  })

  test('where there are none: one line for each heap, and for TTM', async () => {
    const reasons = async (board: Board) => {
      const { pools, others } = await probePools(board)
      expect(pools).toEqual([])
      return others.filter(({ driver }) => driver !== 'vgem').map(({ node, reason }) => `${node}: ${reason}`)
    }
    const ttm = /^.sys.kernel.debug.ttm.page_pool: no driver that uses TTM is loaded/
    const [first, second, ...rest] = await reasons(createFakeBoard({ shrinkerDebug: true }))
    expect(first).toMatch(ttm)
    expect([second, rest]).toEqual([
      '/dev/dma_heap/system: it keeps no pool: what is given back to it is free at once',
      [],
    ])
    expect((await reasons(createFakeBoard()))[1]).toMatch(/whether it keeps a pool shows in/)
    expect((await reasons(createFakeBoard({ heaps: [] })))[1]).toBe(
      '/dev/dma_heap: this kernel has no dma-buf heaps',
    )
  })
})

describe('an explanation', () => {
  const target = (kind: ProbeTarget['kind']): ProbeTarget => ({
    kind,
    driver: 'panthor',
    node: '/dev/dri/renderD128',
  })
  const row = { given: 8, oomKills: 0, hogsKilled: 0, targetKilled: false }

  test.each<[PressureName, number | undefined, ProbeTarget['kind'], boolean, RegExp | undefined]>([
    ['memory-max', 0, 'evict', true, /not memcg-aware/],
    ['memory-max', 3, 'evict', true, /for a cgroup/],
    ['drop-caches', 0, 'evict', false, /swap only, and there is none/],
    ['drop-caches', 0, 'purge', false, /found nothing idle/],
    ['drop-caches', 8, 'purge', false, undefined],
    ['drop-caches', undefined, 'evict', true, /does not tell/],
    ['node-reclaim-gated', 0, 'purge', true, /gate is closed/],
    ['page-cache-drop', 0, 'purge', true, /no shrinker/],
    ['page-cache-drop', 2, 'purge', true, /not expected/],
  ])('of %s with %s reclaimed (%s, swap %s)', (source, reclaimed, kind, hasSwap, expected) => {
    const measured = { ...row, source, ...(reclaimed !== undefined && { reclaimed }) }
    const text = explain(measured, { target: target(kind), hasSwap })
    if (expected === undefined) expect(text).toBeUndefined()
    else expect(text).toMatch(expected)
  })
})

test('the table says why a source was not used', () => {
  const cells: ProbeCell[] = [
    { source: 'node-reclaim', driver: 'panfrost', node: '/dev/dri/renderD128', refused: 'too old' },
  ]
  expect(probeTable({ cells })).toContain('not used: too old')
})
