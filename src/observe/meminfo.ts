/** /proc/meminfo: fs/proc/meminfo.c. */
import type { KernelFiles } from '../board/kernel-files.js'
import { keyValue } from './key-values.js'
import { readOrThrow } from './read.js'

/** Bytes. */
export interface MemoryState {
  readonly totalBytes: number
  readonly freeBytes: number
  readonly availableBytes: number
  /** Page cache and shmem. GEM pages are shmem. */
  readonly cachedBytes: number
  readonly shmemBytes: number
  /** Files that processes have mapped: their programs and libraries above all. */
  readonly mappedBytes: number
  readonly swapFreeBytes: number
}

export async function readMemory(files: KernelFiles): Promise<MemoryState> {
  const text = await readOrThrow(files, '/proc/meminfo')
  const bytes = (key: string) => (keyValue(text, `${key}:`) ?? 0) * 1024
  return {
    totalBytes: bytes('MemTotal'),
    freeBytes: bytes('MemFree'),
    availableBytes: bytes('MemAvailable'),
    cachedBytes: bytes('Cached'),
    shmemBytes: bytes('Shmem'),
    mappedBytes: bytes('Mapped'),
    swapFreeBytes: bytes('SwapFree'),
  }
}
