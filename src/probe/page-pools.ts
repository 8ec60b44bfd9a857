/**
 * Pools of pages that wait for their next user, and whose shrinkers give them back: TTM's, and those of dma-buf heaps that
 * keep one (no heap of mainline does). Filling the pool of a heap is to give buffers back; TTM's fills as its drivers work.
 */
import type { Board } from '../board/board.js'
import { DrmError } from '../device/errors.js'
import { openHeapOf } from '../device/heap.js'
import { ShrinkerDebugfs, SHRINKERS } from '../pressure/shrinker-debugfs.js'
import type { ProbeResult } from './probe-event.js'

export interface PagePool {
  /** `TTM page pool`, `pool of heap system`. */
  readonly name: string
  /** As far as that can be done from here. Throws DrmError. */
  fill(): Promise<void>
  /** Pages in it. Throws KernelFileError. */
  count(): Promise<number>
}

export interface FoundPools {
  readonly pools: readonly PagePool[]
  readonly others: ProbeResult['others']
}

const TTM_POOL = '/sys/kernel/debug/ttm/page_pool'
const HEAPS = '/dev/dma_heap'
const PAGE_BYTES = 4096
/** Heaps with pools clear pages in a thread, before these get there. */
const SETTLE_MS = 500
/** Of what was given back, so much must show in a shrinker's count: others use memory meanwhile. */
const SHOWN_SHARE = 1 / 2

type Other = ProbeResult['others'][number]

/** `bytes`: how much is given back to a heap, to see whether it is kept. */
export async function findPagePools(board: Board, bytes: number): Promise<FoundPools> {
  const found = [await ttmPool(board), ...(await heapPools(board, bytes))]
  return {
    pools: found.flatMap((each) => ('reason' in each ? [] : each)),
    others: found.flatMap((each) => ('reason' in each ? each : [])),
  }
}

async function ttmPool({ files }: Board): Promise<PagePool | Other> {
  const read = async () => {
    const text = await files.read(TTM_POOL)
    // `total : 12 of 16384`; since 7.2 one for each node.
    return typeof text === 'number' ? undefined : [...text.matchAll(/^total.*:\s*(\d+) of/gm)]
  }
  if ((await read()) === undefined)
    return {
      node: TTM_POOL,
      driver: 'ttm',
      reason: 'no driver that uses TTM is loaded, or debugfs is not to be read',
    }
  return {
    name: 'TTM page pool',
    fill: () => Promise.resolve(),
    count: async () => ((await read()) ?? []).reduce((sum, [, pages]) => sum + Number(pages), 0),
  }
}

async function heapPools(board: Board, bytes: number): Promise<(PagePool | Other)[]> {
  const names = board.backend.dmaHeap.list()
  if (typeof names === 'number' || names.length === 0)
    return [{ node: HEAPS, driver: 'heap', reason: 'this kernel has no dma-buf heaps' }]
  const found = []
  for (const name of names) found.push(await heapPool(board, name, bytes))
  return found
}

async function heapPool(board: Board, heap: string, bytes: number): Promise<PagePool | Other> {
  const other = (reason: string): Other => ({ node: `${HEAPS}/${heap}`, driver: 'heap', reason })
  if (typeof (await board.files.list(SHRINKERS)) === 'number')
    return other(`whether it keeps a pool shows in ${SHRINKERS} only, and that is not there`)
  const fill = async () => {
    using opened = openHeapOf(board.backend, heap)
    opened.allocate(bytes).close()
    await board.clock.sleep(SETTLE_MS)
  }
  const before = await countAll(board)
  try {
    await fill()
  } catch (error) {
    if (error instanceof DrmError) return other(error.message)
    throw error
  }
  const after = await countAll(board)
  const grown = [...after].find(
    ([name, count]) => count - (before.get(name) ?? 0) >= (bytes / PAGE_BYTES) * SHOWN_SHARE,
  )
  if (grown === undefined) return other('it keeps no pool: what is given back to it is free at once')
  const [shrinker] = await ShrinkerDebugfs.list(board.files, grown[0])
  if (shrinker === undefined) return other('the shrinker of its pool is gone')
  return { name: `pool of heap ${heap}`, fill, count: () => shrinker.count() }
}

/** What each shrinker of the machine could free, by its directory. */
async function countAll({ files }: Board): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const shrinker of await ShrinkerDebugfs.list(files, ''))
    counts.set(shrinker.directory, await shrinker.count())
  return counts
}
