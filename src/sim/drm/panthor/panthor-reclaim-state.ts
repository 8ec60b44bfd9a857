/** How hard a buffer is to reclaim, and the lists by it: panthor_gem_update_reclaim_state_locked(), panthor_gem.c (7.2). */
import { LruList } from '../../lib/lru-list.js'
import type { Path } from '../../sched/path.js'
import { GemLru, lruMoveTail, lruMoveTailLocked, lruRemove } from '../gem-lru.js'
import type { PanthorDevice } from './panthor-device.js'
import type { PanthorGemObject } from './panthor-gem.js'
import type { PanthorVm } from './panthor-vm.js'

/** enum panthor_gem_reclaim_state, from easy to hard. */
export const RECLAIM_STATE = {
  UNUSED: 0,
  MMAPPED: 1,
  GPU_MAPPED_SINGLE_VM: 2,
  GPU_MAPPED_MULTI_VM: 3,
  UNRECLAIMABLE: 4,
} as const
export type ReclaimState = (typeof RECLAIM_STATE)[keyof typeof RECLAIM_STATE]

const S = RECLAIM_STATE

export class PanthorReclaim {
  readonly unused = new GemLru('unused')
  readonly mmapped = new GemLru('mmapped')
  readonly gpuMappedShared = new GemLru('gpu_mapped_shared')
  /** Those with buffers of their own, the first to be reclaimed from first. */
  readonly vms = new LruList<PanthorVm>()
  /** Pages of all buffers that the GPU maps and that could be reclaimed. */
  gpuMappedCount = 0
  retryCount = 0
  /** What `shrink` in debugfs tells. */
  pagesOfLastScan = 0
  readonly #device: PanthorDevice

  constructor(device: PanthorDevice) {
    this.#device = device
  }

  /** Puts the buffer where it belongs now; its reservation and gpuva.lock are held. Answers what it was before. */
  *updateLocked(bo: PanthorGemObject): Path<ReclaimState> {
    const old = bo.reclaimState
    const state = evaluate(bo)
    if (state === old) return old
    const { sizePages } = bo
    if (isGpuMapped(state) && !isGpuMapped(old)) this.gpuMappedCount += sizePages
    else if (!isGpuMapped(state) && isGpuMapped(old)) this.gpuMappedCount -= sizePages
    if (state === S.UNUSED) yield* lruMoveTail(this.unused, bo)
    else if (state === S.MMAPPED) yield* lruMoveTail(this.mmapped, bo)
    else if (state === S.GPU_MAPPED_SINGLE_VM) yield* this.#moveToVm(bo)
    else if (state === S.GPU_MAPPED_MULTI_VM) yield* lruMoveTail(this.gpuMappedShared, bo)
    else yield* lruRemove(bo)
    bo.reclaimState = state
    return old
  }

  /** panthor_vm_update_bo_reclaim_lru_locked(): an address space that was not listed comes first, not last. */
  *#moveToVm(bo: PanthorGemObject): Path<void> {
    const where = 'panthor_vm_update_bo_reclaim_lru_locked'
    const { gemLruMutex } = this.#device
    for (const { vm, evicted } of bo.vmBos) {
      if (evicted) continue
      yield gemLruMutex.lock(where)
      lruMoveTailLocked(vm.lru, bo)
      if (!vm.lruNode.isListed) this.vms.moveToFront(vm.lruNode)
      yield gemLruMutex.unlock(where)
    }
  }
}

function isGpuMapped(state: ReclaimState): boolean {
  return state === S.GPU_MAPPED_SINGLE_VM || state === S.GPU_MAPPED_MULTI_VM
}

/** panthor_gem_evaluate_reclaim_state_locked(). An imported buffer has no pages of its own. */
function evaluate({ pages, pinCount, vmBos, mmapCount }: PanthorGemObject): ReclaimState {
  if (pages === null || pinCount > 0) return S.UNRECLAIMABLE
  const live = vmBos.filter(({ evicted }) => !evicted).length
  if (live > 1) return S.GPU_MAPPED_MULTI_VM
  if (live === 1) return S.GPU_MAPPED_SINGLE_VM
  return mmapCount > 0 ? S.MMAPPED : S.UNUSED
}
