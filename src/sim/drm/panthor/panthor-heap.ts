/** Heaps of the tiler: panthor_heap.c (7.2). Nothing here makes them grow, as no job needs more. */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import type { PanthorTilerHeapRequest } from '../../../backend/panthor-calls.js'
import { IdAllocator } from '../../lib/id-allocator.js'
import { PAGE_SHIFT, PAGE_SIZE } from '../../mm/page.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { PanthorFile } from './panthor-file.js'
import { createKernelBo, destroyKernelBo, type KernelBo } from './panthor-kernel-bo.js'
import type { PanthorVm } from './panthor-vm.js'

const MAX_HEAPS = 128
/** HEAP_CONTEXT_SIZE is 32 bytes; a cache line of this GPU has 64. */
const CONTEXT_BYTES = 64
const LEAST_CHUNK = 128 << 10
const MOST_CHUNK = 8 << 20

/** struct panthor_heap_pool: the heaps of an address space. */
export interface HeapPool {
  readonly contexts: KernelBo
  readonly heaps: Map<number, KernelBo[]>
  readonly ids: IdAllocator
}

interface TilerHeap {
  readonly handle: number
  readonly contextGpuAddress: bigint
  readonly firstChunkGpuAddress: bigint
}

/** panthor_ioctl_tiler_heap_create(). EINVAL; ENOMEM; EBUSY above 128 of a VM. */
export function tilerHeapCreate(file: PanthorFile, request: PanthorTilerHeapRequest): Outcome<TilerHeap> {
  const vm = file.vm(request.vmId)
  return vm === undefined ? -ERRNO.EINVAL : runToCompletion(createPath(vm, request))
}

function* createPath(vm: PanthorVm, request: PanthorTilerHeapRequest): Path<TilerHeap | NegativeErrno> {
  const { initialChunkCount, maxChunks, chunkSizeBytes, vmId } = request
  const pool = vm.heaps ?? (yield* createPool(vm))
  if (typeof pool === 'number') return pool
  if (initialChunkCount === 0 || initialChunkCount > maxChunks) return -ERRNO.EINVAL
  if (chunkSizeBytes % PAGE_SIZE !== 0 || chunkSizeBytes < LEAST_CHUNK || chunkSizeBytes > MOST_CHUNK)
    return -ERRNO.EINVAL
  const chunks: KernelBo[] = []
  const give = function* (errno: NegativeErrno): Path<NegativeErrno> {
    for (const chunk of chunks) yield* destroyKernelBo(chunk)
    return errno
  }
  for (let i = 0; i < initialChunkCount; i++) {
    const chunk = yield* createKernelBo(vm.device, vm, chunkSizeBytes, 'Tiler heap chunk', false)
    if (typeof chunk === 'number') return yield* give(chunk)
    chunks.unshift(chunk)
  }
  const id = pool.ids.allocate()
  if (id === undefined) return yield* give(-ERRNO.EBUSY)
  pool.heaps.set(id, chunks)
  return {
    handle: (vmId << 16) | id,
    contextGpuAddress: addressOf(pool.contexts) + BigInt(id * CONTEXT_BYTES),
    firstChunkGpuAddress: chunks[0] === undefined ? 0n : addressOf(chunks[0]),
  }
}

function* createPool(vm: PanthorVm): Path<HeapPool | NegativeErrno> {
  const contexts = yield* createKernelBo(vm.device, vm, MAX_HEAPS * CONTEXT_BYTES, 'Heap pool', true)
  if (typeof contexts === 'number') return contexts
  return (vm.heaps = { contexts, heaps: new Map(), ids: new IdAllocator(0, MAX_HEAPS) })
}

function addressOf({ startPage }: KernelBo): bigint {
  return BigInt(startPage) << BigInt(PAGE_SHIFT)
}

/** panthor_ioctl_tiler_heap_destroy(). EINVAL. */
export function tilerHeapDestroy(file: PanthorFile, handle: number): NegativeErrno | 0 {
  const pool = file.vm(handle >>> 16)?.heaps ?? null
  const id = handle & 0xffff
  const chunks = pool?.heaps.get(id)
  if (pool === null || chunks === undefined) return -ERRNO.EINVAL
  pool.heaps.delete(id)
  pool.ids.free(id)
  for (const chunk of chunks) runToCompletion(destroyKernelBo(chunk))
  return 0
}

/** panthor_heap_pool_destroy(). */
export function* destroyHeapPool(vm: PanthorVm): Path<void> {
  const pool = vm.heaps
  if (pool === null) return
  vm.heaps = null
  for (const chunks of pool.heaps.values()) for (const chunk of chunks) yield* destroyKernelBo(chunk)
  yield* destroyKernelBo(pool.contexts)
}

/** panthor_heap_pool_size(). */
export function heapPoolBytes({ heaps }: PanthorVm): number {
  if (heaps === null) return 0
  const chunks = [...heaps.heaps.values()].flat()
  return [heaps.contexts, ...chunks].reduce((sum, { bo }) => sum + bo.sizePages * PAGE_SIZE, 0)
}
