/**
 * Evicts what is easiest to take first: panthor_gem_shrinker_count(), _scan(), panthor_gem.c; panthor_mmu_reclaim_priv_bos(),
 * panthor_mmu.c (7.2). Without free swap it does nothing. Not memcg-aware.
 */
import { COST_NS } from '../../costs.js'
import { LruList } from '../../lib/lru-list.js'
import { SHRINK_EMPTY, SHRINK_STOP, type ShrinkControl } from '../../mm/shrinker.js'
import { TAKEN, type Path } from '../../sched/path.js'
import { SteppedShrinker } from '../../sched/stepped-shrinker.js'
import type { Lock } from '../../sched/lock.js'
import { lruScan, type GemLruObject } from '../gem-lru.js'
import type { PanthorDevice } from './panthor-device.js'
import { PanthorGemObject } from './panthor-gem.js'
import type { PanthorVm } from './panthor-vm.js'

/** Ten jiffies of Debian's 250 in a second: how long a scan waits for the jobs of a buffer. */
const FENCE_WAIT_NS = 40_000_000

type Shrink = (object: GemLruObject) => Path<boolean>

export class PanthorGemShrinker extends SteppedShrinker {
  readonly name = 'drm-panthor-gem'
  readonly memcgAware = false
  /** Buffers evicted since the machine started. */
  evictedObjects = 0
  readonly #device: PanthorDevice

  constructor(device: PanthorDevice) {
    super()
    this.#device = device
  }

  /** SHRINK_EMPTY also with nothing but pinned buffers; 0 without swap. */
  *count(control?: ShrinkControl): Path<number> {
    if (!this.#canSwap) return 0
    const { unused, mmapped, gpuMappedCount } = this.#device.reclaim
    const count = unused.count + mmapped.count + (canBlock(control) ? gpuMappedCount : 0)
    return count > 0 ? count : SHRINK_EMPTY
  }

  *scan(control: ShrinkControl): Path<number> {
    const { reclaim } = this.#device
    const remaining = { pages: 0 }
    const freed = this.#canSwap ? yield* this.#scanLists(control, remaining) : 0
    reclaim.pagesOfLastScan = freed
    if (freed === 0 && remaining.pages > 0 && ++reclaim.retryCount < 2) return 0
    reclaim.retryCount = 0
    return freed > 0 ? freed : SHRINK_STOP
  }

  get #canSwap(): boolean {
    return this.#device.kernel.swap.freePages > 0
  }

  *#scanLists(control: ShrinkControl, remaining: { pages: number }): Path<number> {
    const device = this.#device
    const { unused, mmapped, gpuMappedShared } = device.reclaim
    const { nrToScan } = control
    const evict: Shrink = (object) => this.#tryEvict(object)
    let freed = yield* lruScan(device, unused, nrToScan, evict, remaining)
    if (freed >= nrToScan) return freed
    freed += yield* lruScan(device, mmapped, nrToScan - freed, evict, remaining)
    if (freed >= nrToScan || !canBlock(control)) return freed
    const waitAndEvict: Shrink = (object) => this.#waitAndEvict(object)
    freed += yield* this.#reclaimPrivateBos(nrToScan - freed, waitAndEvict, remaining)
    if (freed >= nrToScan) return freed
    return freed + (yield* lruScan(device, gpuMappedShared, nrToScan - freed, waitAndEvict, remaining))
  }

  /** panthor_mmu_reclaim_priv_bos(): one address space after the other; those with something left keep their order. */
  *#reclaimPrivateBos(nrToScan: number, shrink: Shrink, remaining: { pages: number }): Path<number> {
    const where = 'panthor_mmu_reclaim_priv_bos'
    const { gemLruMutex, reclaim } = this.#device
    const vms = new LruList<PanthorVm>()
    const remainingVms = new LruList<PanthorVm>()
    let freed = 0
    yield gemLruMutex.lock(where)
    for (const vm of reclaim.vms) moveToTail(vms, vm)
    while (freed < nrToScan) {
      const vm = vms.first?.owner
      if (vm === undefined) break
      if (vm.isGone) {
        vms.remove(vm.lruNode)
        continue
      }
      vm.get()
      yield gemLruMutex.unlock(where)
      freed += yield* lruScan(this.#device, vm.lru, nrToScan - freed, shrink, remaining)
      yield gemLruMutex.lock(where)
      if (vms.first === vm.lruNode) {
        vms.remove(vm.lruNode)
        if (vm.lru.count > 0) remainingVms.moveToTail(vm.lruNode)
      }
      yield gemLruMutex.unlock(where)
      yield* vm.put()
      yield gemLruMutex.lock(where)
    }
    for (const vm of [...remainingVms, ...vms].reverse()) {
      vm.lruNode.list?.remove(vm.lruNode)
      reclaim.vms.moveToFront(vm.lruNode)
    }
    yield gemLruMutex.unlock(where)
    return freed
  }

  /** panthor_gem_try_evict(). */
  *#waitAndEvict(object: GemLruObject): Path<boolean> {
    const { kernel } = this.#device
    const waitNs = object.resv.idleAtNs('bookkeep') - kernel.taskNowNs()
    kernel.spend(Math.min(Math.max(waitNs, 0), FENCE_WAIT_NS))
    return waitNs >= FENCE_WAIT_NS ? false : yield* this.#tryEvict(object)
  }

  /** panthor_gem_try_evict_no_resv_wait(): with trylocks only, as others take the same locks in another order. */
  *#tryEvict(object: GemLruObject): Path<boolean> {
    const where = 'panthor_gem_try_evict_no_resv_wait'
    if (!(object instanceof PanthorGemObject)) return false
    for (const vma of object.vmas) vma.zap()
    if ((yield object.gpuvaLock.trylock(where)) !== TAKEN) return false
    const held: Lock[] = []
    const isEvicted = (yield* this.#lockVms(object, held)) && (yield* this.#evictLocked(object))
    for (const lock of held) yield lock.unlock(where)
    yield object.gpuvaLock.unlock(where)
    return isEvicted
  }

  *#lockVms(object: PanthorGemObject, held: Lock[]): Path<boolean> {
    for (const { vm } of object.vmBos) {
      const { resvLock } = vm.root
      if (object.resvLock === resvLock) continue
      if ((yield resvLock.trylock('panthor_gem_try_evict_no_resv_wait')) !== TAKEN) return false
      held.push(resvLock)
    }
    return true
  }

  *#evictLocked(object: PanthorGemObject): Path<boolean> {
    const old = yield* this.#device.reclaim.updateLocked(object)
    // Harder to reclaim than when it was listed: it is in another list by now, whose turn comes later.
    if (old < object.reclaimState) return false
    for (const vmBo of object.vmBos) if (!(yield* vmBo.vm.evictMappings(vmBo))) return false
    yield* object.evictLocked()
    this.evictedObjects++
    this.#device.kernel.spend(COST_NS.purgeObject)
    return true
  }
}

function moveToTail(list: LruList<PanthorVm>, { lruNode }: PanthorVm): void {
  lruNode.list?.remove(lruNode)
  list.moveToTail(lruNode)
}

/** can_block(): kswapd may do all that GFP_KERNEL may. */
function canBlock(control: ShrinkControl | undefined): boolean {
  return control?.gfp?.directReclaim ?? true
}
