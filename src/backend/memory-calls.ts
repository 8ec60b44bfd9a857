/**
 * Mappings and what is done to their bytes: mmap(2), munmap(2), and guarded fill, verify, read and write.
 *
 * The pattern that `fill` writes and `verify` checks is the same on every backend: the mapping is read as 64-bit
 * little-endian words from its start, and word i is `mix(seed) + i * 0x9e3779b97f4a7c15` modulo 2^64 (a Weyl
 * sequence), where mix is the finalizer of splitmix64 (Steele, Lea, Flood 2014):
 *
 *     z = seed + 0x9e3779b97f4a7c15
 *     z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
 *     z = (z ^ (z >> 27)) * 0x94d049bb133111eb
 *     mix = z ^ (z >> 31)
 *
 * Byte k of the mapping is byte k % 8 of word k / 8, so that offset and length need no alignment. Every word of a
 * buffer differs from every other, so a page that comes back in another place is noticed as well as a zeroed one.
 */
import type { NegativeErrno, Outcome } from './outcome.js'

/**
 * The answer when the kernel raised SIGBUS on the access: 128 + the signal's number, negative, as no errno has that
 * value. A purged buffer object answers so for ever (drivers/gpu/drm/drm_gem_shmem_helper.c, the fault handler).
 */
export const RAISED_SIGBUS = -135

/** A mapping of the backend's. Opaque; hand it back to the same backend only. The garbage collector unmaps a lost one. */
export interface MapHandle {
  readonly lengthBytes: number
}

export interface MemoryCalls {
  /**
   * mmap(2), MAP_SHARED, readable and writable, of `lengthBytes` (above 0) at a 64-bit file `offset`. EINVAL for an
   * offset that the driver does not know (any more), ENODEV, EACCES, ENOMEM.
   */
  mmap(fd: number, offset: bigint, lengthBytes: number): Outcome<MapHandle>
  /** mmap(2), MAP_PRIVATE | MAP_ANONYMOUS: zeroed memory of the process, without pages until it is touched. ENOMEM. */
  mapAnonymous(lengthBytes: number): Outcome<MapHandle>
  /** munmap(2). EINVAL when it is unmapped already: a second call does no harm. */
  munmap(map: MapHandle): NegativeErrno | 0
  /** Writes the pattern of `seed` to [offset, offset + length). 0; RAISED_SIGBUS; EINVAL out of range or unmapped. */
  fill(map: MapHandle, seed: bigint, offset: number, length: number): NegativeErrno | 0
  /**
   * How many bytes of [offset, offset + length) hold the pattern of `seed`, counted up to the first that does not:
   * `length` when all do. RAISED_SIGBUS; EINVAL.
   */
  verify(map: MapHandle, seed: bigint, offset: number, length: number): number
  /**
   * verify() of the whole mapping by a forked process, which inherits it. Then that process unmaps the second half,
   * verifies the first one again, and ends: with `exec`, through execve(2), which takes a running program's mappings
   * away. How many bytes held the pattern, the smaller answer of both. RAISED_SIGBUS; EINVAL when unmapped; EAGAIN,
   * ENOMEM from fork(2); ECHILD when the process was killed. The fake kernel's fork inherits this mapping alone:
   * EOPNOTSUPP for one that is not of a GEM buffer's own memory.
   */
  verifyInFork(map: MapHandle, seed: bigint, exec: boolean): number
  /** A copy of [offset, offset + length). RAISED_SIGBUS; EINVAL. */
  read(map: MapHandle, offset: number, length: number): Outcome<Uint8Array>
  /** Copies `bytes` to offset. 0; RAISED_SIGBUS; EINVAL. */
  write(map: MapHandle, offset: number, bytes: Uint8Array): NegativeErrno | 0
  /**
   * Copies [sourceOffset, sourceOffset + length) of one mapping into another, without a detour through JavaScript. 0;
   * RAISED_SIGBUS from either; EINVAL. Parts of one mapping may overlap (memmove).
   */
  copy(
    target: MapHandle,
    targetOffset: number,
    source: MapHandle,
    sourceOffset: number,
    length: number,
  ): NegativeErrno | 0
  /** XXH64 with seed 0 of [offset, offset + length) (xxhash.com, specification 0.2). RAISED_SIGBUS; EINVAL. */
  hash(map: MapHandle, offset: number, length: number): Outcome<{ readonly hash: bigint }>
  /**
   * The mapping itself as a Uint8Array, once for each mapping: EBUSY afterwards. munmap puts zeroed memory of the
   * process behind it, so a view that is left over reads zeroes and harms nothing; EINVAL when unmapped.
   * An access to a purged page through it ENDS THE PROCESS with SIGBUS: nothing can guard JavaScript's own loads.
   * EOPNOTSUPP where the runtime forbids such arrays, and on the fake, whose mappings have no memory of their own.
   */
  bytes(map: MapHandle): Outcome<Uint8Array>
}
