/** What a pressure source does to the machine besides: counters before and after. */
import type { Board } from '../board/board.js'
import { readStallTotalUs } from '../observe/pressure-stall.js'
import { readVmCounters, refreshVmCounters } from '../observe/vmstat.js'

const PAGE_BYTES = 4096
const US_PER_MS = 1000

export interface SideEffects {
  readonly oomKills: number
  readonly slabsScanned: number
  readonly swappedOutBytes: number
  readonly stalledMs?: number
}

/** Resolves with a function that tells what has happened since. */
export async function watchSideEffects({ files }: Pick<Board, 'files'>): Promise<() => Promise<SideEffects>> {
  const take = async () => {
    await refreshVmCounters(files)
    return { counters: await readVmCounters(files), stallUs: await readStallTotalUs(files) }
  }
  const before = await take()
  return async () => {
    const after = await take()
    return {
      oomKills: after.counters.oomKills - before.counters.oomKills,
      slabsScanned: after.counters.slabsScanned - before.counters.slabsScanned,
      swappedOutBytes: (after.counters.pagesSwappedOut - before.counters.pagesSwappedOut) * PAGE_BYTES,
      ...(before.stallUs !== undefined &&
        after.stallUs !== undefined && { stalledMs: (after.stallUs - before.stallUs) / US_PER_MS }),
    }
  }
}
