/** An address space of the GPU: panthor_mmu.c, drm_gpuvm.c (7.2). Page tables take no memory here. */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { COST_NS } from '../../costs.js'
import { LruNode } from '../../lib/lru-list.js'
import { Lock, type Freeable } from '../../sched/lock.js'
import { TAKEN, type Path } from '../../sched/path.js'
import { DrmMm } from '../drm-mm.js'
import { GemLru } from '../gem-lru.js'
import type { PanthorDevice } from './panthor-device.js'
import type { PanthorGemObject } from './panthor-gem.js'
import type { HeapPool } from './panthor-heap.js'
import { BindQueue, type Prepared } from './panthor-bind-queue.js'
import { PanthorReservation } from './panthor-reservation.js'
import { PanthorVmBo, type PanthorVma } from './panthor-vm-bo.js'

/** What panthor_vm_prepare_map_op_ctx() prepared. */
export interface MapOp {
  readonly bo: PanthorGemObject
  readonly vmBo: PanthorVmBo
  readonly start: number
  readonly end: number
  readonly offset: number
  readonly flags: number
}

export class PanthorVm implements Freeable {
  readonly device: PanthorDevice
  readonly label: string
  isFreed = false
  readonly root: PanthorReservation
  /** Serializes what changes the page tables. */
  readonly opLock: Lock
  /** Buffers that only this one maps. */
  readonly lru: GemLru
  readonly lruNode = new LruNode<PanthorVm>(this)
  readonly vmBos = new Set<PanthorVmBo>()
  /** Its mappings, by address. */
  vmas: PanthorVma[] = []
  /** Where the driver's own part begins, and what is free of it. Pages. */
  readonly kernelStart: number
  readonly kernelMm: DrmMm
  heaps: HeapPool | null = null
  readonly bindQueue: BindQueue
  unusable = false
  destroyed = false
  /** How many of its jobs the GPU has. */
  activeCount = 0
  #references = 1

  constructor(device: PanthorDevice, kernelStart: number, kernelEnd: number) {
    this.device = device
    this.label = `vm ${device.nextVmNumber++}`
    this.root = new PanthorReservation(`the reservation of ${this.label}`)
    this.opLock = new Lock('mutex', 'op_lock', this)
    this.lru = new GemLru(`the list of ${this.label}`)
    this.kernelStart = kernelStart
    this.kernelMm = new DrmMm(kernelStart, kernelEnd)
    this.bindQueue = new BindQueue(this)
  }

  get isGone(): boolean {
    return this.#references === 0
  }

  get(): void {
    this.#references++
  }

  /** panthor_vm_put(), panthor_vm_free(). */
  *put(): Path<void> {
    const where = 'panthor_vm_free'
    if (--this.#references > 0) return
    const { gemLruMutex, reclaim } = this.device
    yield gemLruMutex.lock(where)
    if (this.lruNode.isListed) reclaim.vms.remove(this.lruNode)
    yield gemLruMutex.unlock(where)
    this.isFreed = true
  }

  /** panthor_vm_active(): what the GPU begins to use is reclaimed last. */
  *active(): Path<void> {
    const where = 'panthor_vm_active'
    if (this.activeCount++ > 0) return
    const { gemLruMutex, reclaim } = this.device
    yield gemLruMutex.lock(where)
    if (this.lru.count > 0) reclaim.vms.moveToTail(this.lruNode)
    yield gemLruMutex.unlock(where)
  }

  /** panthor_vm_prepare_map_op_ctx() behind its checks: the pages are there, and stay until finishMap(). -ENOMEM. */
  *prepareMap(bo: PanthorGemObject, place: Omit<MapOp, 'bo' | 'vmBo'>): Path<MapOp | NegativeErrno> {
    const where = 'panthor_vm_prepare_map_op_ctx'
    const pinned = yield* bo.pinPath()
    if (pinned !== 0) return pinned
    const mapped = yield* bo.getDevSgt()
    if (mapped !== 0) {
      yield* bo.unpinPath()
      return mapped
    }
    const vmBo = yield* this.#obtain(bo)
    if (bo.exclusive !== this.root) {
      yield this.root.resvLock.lock(where)
      yield this.root.resvLock.unlock(where)
    }
    yield bo.resvLock.lock(where)
    yield* bo.updateReclaimState()
    yield bo.resvLock.unlock(where)
    return { bo, vmBo, ...place }
  }

  /** drm_gpuvm_bo_obtain_prealloc(). */
  *#obtain(bo: PanthorGemObject): Path<PanthorVmBo> {
    const where = 'drm_gpuvm_bo_obtain_prealloc'
    yield bo.gpuvaLock.lock(where)
    let vmBo = bo.vmBos.find(({ vm }) => vm === this)
    if (vmBo === undefined) {
      vmBo = new PanthorVmBo(this, bo)
      bo.get()
      bo.vmBos.push(vmBo)
      this.vmBos.add(vmBo)
    }
    vmBo.holders++
    yield bo.gpuvaLock.unlock(where)
    return vmBo
  }

  /** panthor_vm_exec_op() of a map: what was there before is replaced. EINVAL when the VM is unusable. */
  *execMap({ vmBo, start, end, offset, flags }: MapOp): Path<NegativeErrno | 0> {
    const where = 'panthor_vm_exec_op'
    yield this.opLock.lock(where)
    let result: NegativeErrno | 0 = 0
    if (this.unusable) result = -ERRNO.EINVAL
    else {
      yield* this.#removeRange(start, end)
      yield* this.#link({ vmBo, start, end, offset, flags, evicted: false })
      this.device.kernel.spend(COST_NS.ioctl)
    }
    yield this.opLock.unlock(where)
    return result
  }

  /** panthor_vm_cleanup_op_ctx() of a map. */
  *finishMap({ bo, vmBo }: MapOp): Path<void> {
    vmBo.holders--
    yield* bo.unpinPath()
    yield* this.deferredCleanup()
  }

  /** panthor_vm_exec_op() of an unmap, with its cleanup. Ranges may be mapped in part or not at all. */
  *unmap(start: number, end: number): Path<void> {
    const where = 'panthor_vm_exec_op'
    yield this.opLock.lock(where)
    yield* this.#removeRange(start, end)
    yield this.opLock.unlock(where)
    yield* this.deferredCleanup()
  }

  /** panthor_vm_exec_op() and panthor_vm_cleanup_op_ctx(). */
  *execute(prepared: Prepared): Path<NegativeErrno | 0> {
    if (prepared.type === 'sync') return 0
    if (prepared.type === 'unmap') {
      yield* this.unmap(prepared.start, prepared.end)
      return 0
    }
    const result = yield* this.execMap(prepared.map)
    yield* this.finishMap(prepared.map)
    return result
  }

  /** drm_gpuvm_bo_deferred_cleanup(), panthor_vm_bo_free(): buffers of which nothing is mapped here any more. */
  *deferredCleanup(): Path<void> {
    const where = 'drm_gpuvm_bo_deferred_cleanup'
    for (const vmBo of this.vmBos) {
      if (!vmBo.isUnused) continue
      const { bo } = vmBo
      this.vmBos.delete(vmBo)
      yield bo.gpuvaLock.lock(where)
      // A bind may have found it before the lock was there.
      const isFound = vmBo.holders > 0 || vmBo.vas.size > 0
      if (isFound) this.vmBos.add(vmBo)
      else bo.vmBos.splice(bo.vmBos.indexOf(vmBo), 1)
      yield bo.gpuvaLock.unlock(where)
      if (isFound) continue
      yield bo.resvLock.lock('panthor_vm_bo_free')
      yield* bo.updateReclaimState()
      yield bo.resvLock.unlock('panthor_vm_bo_free')
      yield* bo.putPath()
    }
  }

  /**
   * Of panthor_vm_evict_bo_mappings_locked(): the GPU does not reach the buffer through this address space any more.
   * False: somebody changes the page tables.
   */
  *evictMappings(vmBo: PanthorVmBo): Path<boolean> {
    const where = 'panthor_vm_evict_bo_mappings_locked'
    if ((yield this.opLock.trylock(where)) !== TAKEN) return false
    vmBo.evicted = true
    for (const va of vmBo.vas) va.evicted = true
    yield this.opLock.unlock(where)
    return true
  }

  /** panthor_vm_bo_validate(): swapped in, and mapped again. The reservation is held. -ENOMEM. */
  *validate(vmBo: PanthorVmBo): Path<NegativeErrno | 0> {
    const where = 'remap_evicted_vma'
    const { bo } = vmBo
    const result = yield* bo.getSgtLocked()
    if (result !== 0) return result
    yield this.opLock.lock(where)
    for (const va of vmBo.vas) va.evicted = false
    yield this.opLock.unlock(where)
    vmBo.evicted = false
    yield* bo.updateReclaimState()
    return 0
  }

  *#removeRange(start: number, end: number): Path<void> {
    for (const va of this.vmas.filter((each) => each.start < end && each.end > start)) {
      if (va.start < start) yield* this.#link({ ...va, end: start })
      if (va.end > end) yield* this.#link({ ...va, start: end, offset: va.offset + (end - va.start) })
      yield* this.#unlink(va)
    }
  }

  /** panthor_vma_link(). */
  *#link(va: PanthorVma): Path<void> {
    const where = 'panthor_vma_link'
    const { vas, bo } = va.vmBo
    yield bo.gpuvaLock.lock(where)
    vas.add(va)
    yield bo.gpuvaLock.unlock(where)
    const at = this.vmas.findIndex((each) => each.start > va.start)
    this.vmas.splice(at < 0 ? this.vmas.length : at, 0, va)
  }

  /** panthor_vma_unlink(). */
  *#unlink(va: PanthorVma): Path<void> {
    const where = 'drm_gpuva_unlink_defer'
    const { vas, bo } = va.vmBo
    this.vmas.splice(this.vmas.indexOf(va), 1)
    yield bo.gpuvaLock.lock(where)
    vas.delete(va)
    yield bo.gpuvaLock.unlock(where)
  }
}
