/**
 * Panthor's buffer objects: panthor_gem.c, panthor_gem.h (7.2). Pages come with the first use and stay until the buffer
 * is freed, or evicted: then shmem has them, which swaps them out, and the next use brings them back.
 */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import { PANTHOR_BO_WB_MMAP } from '../../../backend/panthor-calls.js'
import type { DmaBufFile } from '../../dma-buf/dma-buf.js'
import { ShmemFile, type ShmemPages } from '../../mm/shmem.js'
import type { Vma } from '../../mm/vma.js'
import type { SimTask } from '../../process/task-struct.js'
import { mayAllocate } from '../../sched/allocation.js'
import { Lock } from '../../sched/lock.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import { KernelViolation, warnOn } from '../../sched/violation.js'
import { GemLruObject, lruRemove } from '../gem-lru.js'
import type { PanthorDevice } from './panthor-device.js'
import { PanthorGemVma } from './panthor-gem-vma.js'
import { RECLAIM_STATE, type ReclaimState } from './panthor-reclaim-state.js'
import type { PanthorReservation } from './panthor-reservation.js'
import type { PanthorVmBo } from './panthor-vm-bo.js'

export class PanthorGemObject extends GemLruObject {
  declare readonly device: PanthorDevice
  readonly flags: number
  /** exclusive_vm_root_gem: the one address space that it can be mapped in. */
  readonly exclusive: PanthorReservation | null
  readonly file: ShmemFile
  pages: ShmemPages | null = null
  /** dmap.sgt: what the GPU's page tables are made from. */
  hasSgt = false
  /** Who needs the pages where they are: other devices, the kernel's own mappings, a bind that goes on. */
  pinCount = 0
  mmapCount = 0
  reclaimState: ReclaimState = RECLAIM_STATE.UNRECLAIMABLE
  /** How often it was evicted: `evictions` in debugfs. */
  reclaimedCount = 0
  userLabel: string | null = null
  /** Made by the driver itself. */
  readonly isKernel: boolean
  readonly creator: string
  readonly gpuvaLock = new Lock('mutex', 'gpuva.lock', this)
  /** gpuva.list: the address spaces that map it. */
  readonly vmBos: PanthorVmBo[] = []
  readonly vmas = new Set<PanthorGemVma>()

  constructor(
    device: PanthorDevice,
    sizePages: number,
    flags = 0,
    exclusive: PanthorReservation | null = null,
    isKernel = false,
  ) {
    super(device, sizePages, exclusive)
    this.flags = flags
    this.exclusive = exclusive
    this.isKernel = isKernel
    this.file = new ShmemFile(device.kernel)
    const task = device.kernel.current?.task
    this.creator = `${task?.name.slice(0, 15) ?? 'kworker'}/${task?.pid ?? 0}`
    exclusive?.objects.add(this)
    // As panthor_gem_create() and the import do, for the driver's own ones as well.
    this.createMmapOffset()
  }

  /** should_map_wc(): the GPU of this machine does not see the CPU's caches. */
  get isWriteCombined(): boolean {
    return (this.flags & PANTHOR_BO_WB_MMAP) === 0
  }

  override get exportRefusal(): NegativeErrno | 0 {
    return this.exclusive === null ? 0 : -ERRNO.EINVAL
  }

  override status() {
    return { resident: this.importedFrom !== null || this.pages !== null, purgeable: false }
  }

  /** panthor_gem_prime_import_sg_table(): takes over a reference on the dma-buf, and its use by this device. */
  adoptImport(dmaBuf: DmaBufFile): void {
    this.importedFrom = dmaBuf
    this.hasSgt = true
  }

  /** panthor_gem_backing_get_pages_locked(): all of them. -ENOMEM. */
  *getPagesLocked(): Path<NegativeErrno | 0> {
    if (this.pages !== null) return 0
    if (!(yield* mayAllocate(this.device.kernel, 'panthor_gem_backing_get_pages_locked')))
      return -ERRNO.ENOMEM
    this.pages = this.file.getPages(this.sizePages)
    return this.pages === null ? -ERRNO.ENOMEM : 0
  }

  /** panthor_gem_dev_map_get_sgt_locked(), and panthor_gem_swapin_locked(), which is the same. -ENOMEM. */
  *getSgtLocked(): Path<NegativeErrno | 0> {
    if (this.hasSgt) return 0
    const result = yield* this.getPagesLocked()
    if (result === 0) this.hasSgt = true
    return result
  }

  /** panthor_gem_pin(): imported memory is not the driver's to pin. -ENOMEM. */
  *pinPath(): Path<NegativeErrno | 0> {
    const where = 'panthor_gem_pin'
    if (this.importedFrom !== null) return 0
    if (this.pinCount > 0) {
      this.pinCount++
      return 0
    }
    yield this.resvLock.lock(where)
    let result: NegativeErrno | 0 = 0
    if (this.pinCount > 0) this.pinCount++
    else {
      result = yield* this.getPagesLocked()
      if (result === 0) {
        this.pinCount = 1
        yield* this.updateReclaimState()
      }
    }
    yield this.resvLock.unlock(where)
    return result
  }

  /** panthor_gem_unpin(): the pages stay. */
  *unpinPath(): Path<void> {
    const where = 'panthor_gem_unpin'
    if (this.importedFrom !== null) return
    if (this.pinCount > 1) {
      this.pinCount--
      return
    }
    yield this.resvLock.lock(where)
    this.pinCount--
    if (this.pinCount === 0) yield* this.updateReclaimState()
    yield this.resvLock.unlock(where)
  }

  override pin(): NegativeErrno | 0 {
    return runToCompletion(this.pinPath())
  }

  override unpin(): void {
    runToCompletion(this.unpinPath())
  }

  /** panthor_gem_get_dev_sgt(). -ENOMEM. */
  *getDevSgt(): Path<NegativeErrno | 0> {
    const where = 'panthor_gem_get_dev_sgt'
    yield this.resvLock.lock(where)
    const result = yield* this.getSgtLocked()
    yield this.resvLock.unlock(where)
    return result
  }

  /** As updateReclaimStateLocked(), with the reservation held. */
  *updateReclaimState(): Path<void> {
    const where = 'panthor_gem_update_reclaim_state'
    yield this.gpuvaLock.lock(where)
    yield* this.device.reclaim.updateLocked(this)
    yield this.gpuvaLock.unlock(where)
  }

  /** panthor_gem_evict_locked(): its GPU mappings are torn down. Shmem has the pages, and may write them to swap. */
  *evictLocked(): Path<void> {
    const { pages } = this
    warnOn(this.pinCount > 0 || pages === null, 'panthor_gem_evict_locked: pinned, or without pages', this)
    this.device.kernel.stepper?.note('evicts', this)
    this.reclaimedCount++
    this.hasSgt = false
    if (pages !== null) this.file.putPages(pages)
    this.pages = null
    yield* this.device.reclaim.updateLocked(this)
  }

  /** panthor_gem_mmap(): no pages yet. */
  override mmap(task: SimTask, lengthBytes: number): Outcome<Vma> {
    if (this.importedFrom !== null) return this.importedFrom.mmap(task, 0n, lengthBytes)
    return runToCompletion(this.mmapPath(task, lengthBytes))
  }

  *mmapPath(task: SimTask, lengthBytes: number): Path<PanthorGemVma> {
    const where = 'panthor_gem_mmap'
    if (this.mmapCount > 0) this.mmapCount++
    else {
      yield this.resvLock.lock(where)
      if (this.mmapCount++ === 0) yield* this.updateReclaimState()
      yield this.resvLock.unlock(where)
    }
    return new PanthorGemVma(this, task, lengthBytes)
  }

  /** What must hold whenever its reservation is given back: nobody reaches pages that are gone. */
  checkLocked(): void {
    if (this.importedFrom !== null || this.pages !== null || this.isFreed) return
    const { label, pinCount, hasSgt, lru } = this
    if (pinCount > 0) broken(`${label}: pinned ${pinCount} times, without pages`)
    if (hasSgt) broken(`${label}: an sg table of pages that are gone`)
    if (lru !== null) broken(`${label}: reclaimable, without pages`)
    for (const vma of this.vmas) if (vma.hasEntries) broken(`${label}: the CPU reaches pages that are gone`)
    for (const { vas } of this.vmBos)
      for (const va of vas) if (!va.evicted) broken(`${label}: the GPU reaches pages that are gone`)
  }

  /** panthor_gem_free_object(): without the reservation, as nobody else sees it. */
  protected *freePath(): Path<void> {
    const { importedFrom } = this
    yield* lruRemove(this)
    if (importedFrom !== null) {
      importedFrom.memory.detach?.()
      importedFrom.put()
      return
    }
    warnOn(this.vmBos.length > 0, 'panthor_gem_free_object: still mapped by the GPU', this)
    this.hasSgt = false
    this.pinCount = 0
    if (this.pages !== null) this.file.putPages(this.pages)
    this.pages = null
    this.file.truncate()
    this.exclusive?.objects.delete(this)
  }
}

function broken(what: string): never {
  throw new KernelViolation('invariant', what)
}
