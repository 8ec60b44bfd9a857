/** The kinds of memory that a hog can take. */
import { RAISED_SIGBUS, type MapHandle } from '../backend/memory-calls.js'
import { ERRNO } from '../backend/errno.js'
import type { Backend } from '../backend/backend.js'

/**
 * anonymous: of the process alone. shmem: of a memory file, as GEM pages are, and in the same counters (Shmem, the cgroup's
 * shmem). Page cache is no kind: reclaim takes clean pages back at once, so that a hog cannot hold the machine with it.
 */
export const HOG_MEMORIES = ['anonymous', 'shmem'] as const
export type HogMemory = (typeof HOG_MEMORIES)[number]

type Calls = Pick<Backend, 'memory' | 'udmabuf'>

/**
 * Takes memory and touches all of it: every word differs with `seed`, so that it can neither be merged nor compressed to
 * nothing. Unmapping gives it back. A negative errno when the kernel refuses.
 */
export function takeMemory(
  kind: HogMemory,
  { memory, udmabuf }: Calls,
  bytes: number,
  seed: bigint,
): MapHandle | number {
  const chunk = kind === 'shmem' ? mapShmem({ memory, udmabuf }, bytes) : memory.mapAnonymous(bytes)
  if (typeof chunk === 'number') return chunk
  const filled = memory.fill(chunk, seed, 0, bytes)
  if (filled === 0) return chunk
  memory.munmap(chunk)
  // No page for a memory file (VM_FAULT_SIGBUS).
  return filled === RAISED_SIGBUS ? -ERRNO.ENOMEM : filled
}

/** The mapping alone keeps the file: it goes with it. */
function mapShmem({ memory, udmabuf }: Calls, bytes: number): MapHandle | number {
  const fd = udmabuf.createMemfd('gemrig-hog', bytes)
  if (fd < 0) return fd
  const chunk = memory.mmap(fd, 0n, bytes)
  udmabuf.close(fd)
  return chunk
}
