/** The watermarks of all zones together, from /proc/zoneinfo: mm/vmstat.c, zoneinfo_show_print. */
import type { KernelFiles } from '../board/kernel-files.js'
import { readOrThrow } from './read.js'

const PAGE_BYTES = 4096

/** Bytes. kswapd wakes below `low` and stops at `high`; below `min` the allocating process reclaims for itself. */
export interface Watermarks {
  readonly minBytes: number
  readonly lowBytes: number
  readonly highBytes: number
}

export async function readWatermarks(files: KernelFiles): Promise<Watermarks> {
  const text = await readOrThrow(files, '/proc/zoneinfo')
  const sum = (key: string) =>
    [...text.matchAll(new RegExp(`^\\s+${key}\\s+(\\d+)$`, 'gm'))].reduce(
      (pages, match) => pages + Number(match[1]),
      0,
    ) * PAGE_BYTES
  return { minBytes: sum('min'), lowBytes: sum('low'), highBytes: sum('high') }
}
