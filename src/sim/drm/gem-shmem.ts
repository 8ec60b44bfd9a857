/**
 * GEM objects whose memory is a shmem file: drivers/gpu/drm/drm_gem_shmem_helper.c (6.12).
 *
 * `pages` is held as long as anybody uses it: the sg table that the GPU maps counts once, each CPU mapping once.
 */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import type { DmaBufFile } from '../dma-buf/dma-buf.js'
import { mayAllocate } from '../sched/allocation.js'
import { isStepping, runToCompletion, type Path } from '../sched/path.js'
import { KernelViolation, warnOn } from '../sched/violation.js'
import { ShmemFile, type ShmemPages } from '../mm/shmem.js'
import type { Vma } from '../mm/vma.js'
import type { SimTask } from '../process/task-struct.js'
import type { DrmDevice } from './drm-device.js'
import { GemObject } from './gem-object.js'
import { GemShmemVma } from './gem-shmem-vma.js'

const HAS_SGT = 1
const COUNTED = 2

interface Users {
  pinCount: number
  readonly vmas: Set<GemShmemVma>
}

export class GemShmemObject extends GemObject {
  readonly file: ShmemFile
  pages: ShmemPages | null = null
  pagesUseCount = 0
  /** Others that use the pages, made with the first one, as most buffers have none. */
  #users: Users | null = null
  // What madvise looks at comes last, beside what it looks at in a driver's class.
  #madv = 0
  /** HAS_SGT, COUNTED. */
  #flags = 0

  constructor(device: DrmDevice, sizePages: number) {
    super(device, sizePages)
    this.file = new ShmemFile(device.kernel)
  }

  /** 0: needed. Above 0: what the driver was advised. Below 0: purged, for ever. */
  get madv(): number {
    return this.#madv
  }

  /** The pages are in a table that the GPU's page tables were made from. */
  get hasSgt(): boolean {
    return (this.#flags & HAS_SGT) !== 0
  }

  set hasSgt(value: boolean) {
    this.#flags = value ? this.#flags | HAS_SGT : this.#flags & ~HAS_SGT
    this.purgeableMayChange()
  }

  /** The driver's shrinker has its pages in its count. */
  protected get isCounted(): boolean {
    return (this.#flags & COUNTED) !== 0
  }

  protected set isCounted(value: boolean) {
    this.#flags = value ? this.#flags | COUNTED : this.#flags & ~COUNTED
  }

  /** Other devices that use the pages: pages_pin_count. */
  get pinCount(): number {
    return this.#users?.pinCount ?? 0
  }

  set pinCount(value: number) {
    this.users().pinCount = value
    this.purgeableMayChange()
  }

  /** Its mappings. */
  get vmas(): Set<GemShmemVma> {
    return this.users().vmas
  }

  private users(): Users {
    return (this.#users ??= { pinCount: 0, vmas: new Set() })
  }

  /** drm_gem_shmem_get_pages(): one more user. All pages are allocated for the first one. -ENOMEM. */
  getPages(): NegativeErrno | 0 {
    return runToCompletion(this.getPagesLocked())
  }

  /** As getPages(), with the reservation held. */
  *getPagesLocked(): Path<NegativeErrno | 0> {
    if (this.pagesUseCount === 0) {
      if (isStepping() && !(yield* mayAllocate(this.device.kernel, 'drm_gem_shmem_get_pages')))
        return -ERRNO.ENOMEM
      this.pages = this.file.getPages(this.sizePages)
      if (this.pages === null) return -ERRNO.ENOMEM
    }
    this.pagesUseCount++
    return 0
  }

  putPages(): void {
    if (this.pagesUseCount === 0 || this.pages === null) {
      warnOn(true, 'drm_gem_shmem_put_pages: !shmem->pages_use_count', this)
      return
    }
    if (--this.pagesUseCount > 0) return
    this.file.putPages(this.pages)
    this.pages = null
  }

  /** As putPages(), with the reservation held. */
  *putPagesLocked(): Path<void> {
    this.putPages()
  }

  /** A fault of the CPU finds the pages at once. */
  get hasPagesForFault(): boolean {
    return this.madv >= 0
  }

  /** What a fault of the CPU does when they are not there, with the reservation held. False: SIGBUS. */
  *faultIn(): Path<boolean> {
    return false
  }

  /** drm_gem_shmem_get_pages_sgt(). */
  *getPagesSgt(): Path<NegativeErrno | 0> {
    const where = 'drm_gem_shmem_get_pages_sgt'
    if (this.takeResv(where)) yield this.resvLock
    let result: NegativeErrno | 0 = 0
    if (!this.hasSgt) {
      result = yield* this.getPagesLocked()
      if (result === 0) this.hasSgt = true
    }
    if (this.giveResv(where)) yield this.resvLock
    return result
  }

  /** drm_gem_shmem_madvise(): whether the pages are still there. */
  madvise(advice: number): boolean {
    if (this.#madv < 0) return false
    this.#madv = advice
    this.purgeableMayChange()
    return advice >= 0
  }

  /** The content is gone for ever. */
  protected markPurged(): void {
    this.#madv = -1
    this.purgeableMayChange()
  }

  /** drm_gem_shmem_is_purgeable(). Objects that the kernel itself maps do not exist here. */
  get isPurgeable(): boolean {
    if (this.#madv <= 0 || !this.hasSgt) return false
    return !this.isShared || this.device.kernel.bugs.has('shared-bo-purged')
  }

  /** drm_gem_shmem_pin(): another device uses the pages. -ENOMEM. */
  override pin(): NegativeErrno | 0 {
    const result = this.getPages()
    if (result === 0) this.pinCount++
    return result
  }

  override unpin(): void {
    this.pinCount--
    this.putPages()
  }

  /** drm_gem_shmem_prime_import_sg_table(): takes over a reference on the dma-buf, and its use by this device. */
  adoptImport(dmaBuf: DmaBufFile): void {
    this.importedFrom = dmaBuf
    this.hasSgt = true
    // __drm_gem_shmem_create() gives one to every object, before anybody asks.
    this.createMmapOffset()
  }

  /** drm_gem_shmem_purge(): the content is gone for ever, the pages as soon as no mapping holds them. */
  purge(): void {
    this.use('drm_gem_shmem_purge')
    warnOn(!this.isPurgeable, 'drm_gem_shmem_purge: !drm_gem_shmem_is_purgeable', this)
    this.device.kernel.stepper?.note('purges', this)
    this.hasSgt = false
    this.putPages()
    this.markPurged()
    if (this.#users !== null) for (const vma of this.#users.vmas) vma.zap()
    this.freeMmapOffset()
    this.file.truncate()
  }

  /** drm_gem_shmem_mmap(): the mapping holds the object and its pages. -ENOMEM. */
  override mmap(task: SimTask, lengthBytes: number): Outcome<Vma> {
    if (this.importedFrom !== null) return this.importedFrom.mmap(task, 0n, lengthBytes)
    return runToCompletion(this.mmapPath(task, lengthBytes, false))
  }

  /** As mmap(), of memory of its own. EINVAL for MAP_PRIVATE, as page frames cannot be copied on write. */
  *mmapPath(task: SimTask, lengthBytes: number, isPrivate: boolean): Path<Outcome<GemShmemVma>> {
    const where = 'drm_gem_shmem_mmap'
    if (isPrivate && !this.device.kernel.bugs.has('shmem-private-mapping')) return -ERRNO.EINVAL
    yield this.resvLock.lock(where)
    const result = yield* this.getPagesLocked()
    const vma = result === 0 ? new GemShmemVma(this, task, lengthBytes, isPrivate) : result
    yield this.resvLock.unlock(where)
    return vma
  }

  /** What must hold whenever its reservation is given back. */
  checkLocked(): void {
    if (this.importedFrom !== null) return
    const users = (this.#users?.vmas.size ?? 0) + this.otherUses
    const { label, pagesUseCount } = this
    if (pagesUseCount !== users) broken(`${label}: pages_use_count ${pagesUseCount}, but ${users} users`)
    if ((this.pages !== null) !== pagesUseCount > 0)
      broken(`${label}: pages_use_count ${pagesUseCount} ${this.pages === null ? 'without' : 'with'} pages`)
  }

  /** Uses of the pages that are not mappings. */
  protected get otherUses(): number {
    return this.pinCount + (this.hasSgt ? 1 : 0)
  }

  /** drm_gem_shmem_free(). */
  protected *freePath(): Path<void> {
    const where = 'drm_gem_shmem_free'
    const { importedFrom } = this
    if (importedFrom !== null) {
      // drm_prime_gem_destroy()
      importedFrom.detach(this.device.node.busName)
      importedFrom.put()
      return
    }
    if (this.takeResv(where)) yield this.resvLock
    this.hasSgt = false
    if (this.pages !== null) this.putPages()
    const inUse = 'drm_gem_shmem_free: drm_WARN_ON(refcount_read(&shmem->pages_use_count))'
    warnOn(this.pagesUseCount !== 0, inUse, this)
    if (this.giveResv(where)) yield this.resvLock
    this.file.truncate()
  }
}

function broken(what: string): never {
  throw new KernelViolation('invariant', what)
}
