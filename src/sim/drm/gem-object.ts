/** What all GEM objects share: references, handles, the mmap offset. drivers/gpu/drm/drm_gem.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import type { DmaBufFile } from '../dma-buf/dma-buf.js'
import { DmaResv } from '../dma-buf/dma-resv.js'
import type { Vma } from '../mm/vma.js'
import type { SimTask } from '../process/task-struct.js'
import { canCount, lockOf, type Freeable, type Lock, type LockSlot } from '../sched/lock.js'
import { runToCompletion, TAKEN, type Path } from '../sched/path.js'
import { KernelViolation } from '../sched/violation.js'
import type { DrmDevice } from './drm-device.js'
import type { DrmFile } from './drm-file.js'
import type { GemObjectPlace } from './gem-object-list.js'

/** A dma_resv with its lock, which several objects may have in common. */
export interface Reservation {
  readonly resv: DmaResv
  readonly resvLock: Lock
}

const FREED = -1

/** What few objects have. */
interface Shared {
  dmaBuf: DmaBufFile | null
  importedFrom: DmaBufFile | null
  ownResv: DmaResv | null
  /** How many handles of each file but the first name it. */
  otherFiles: Map<DrmFile, number> | null
}

export abstract class GemObject implements Freeable, GemObjectPlace {
  // Fields that every request looks at are neighbours: with many objects, what costs time is to bring lines of memory
  // into the processor's cache.
  readonly device: DrmDevice
  readonly sizePages: number
  /** The lock of its dma_resv. */
  #resvLock: LockSlot = 0
  /** Its kref; FREED when its memory is the allocator's. */
  #references = 1
  #shared: Shared | null = null
  /** Numbers the objects of a device, for stories. */
  readonly id: number
  /** The file whose handle came first. Most objects are of one file. */
  #file: DrmFile | null = null
  /** First page of its range in the file offset space of the device; -1 when it has none. */
  #offsetPage = -1
  /** Handles of all files: handle_count. */
  handleCount = 0
  olderObject: GemObject | null = null
  newerObject: GemObject | null = null

  constructor(device: DrmDevice, sizePages: number, shared: Reservation | null = null) {
    this.device = device
    this.sizePages = sizePages
    if (shared !== null) {
      this.#resvLock = shared.resvLock
      this.share().ownResv = shared.resv
    }
    this.id = device.nextObjectId++
    device.objects.add(this)
  }

  get isFreed(): boolean {
    return this.#references === FREED
  }

  get label(): string {
    return `bo ${this.id}`
  }

  get resvLock(): Lock {
    return (this.#resvLock = lockOf(this.#resvLock, 'ww_mutex', 'resv', this))
  }

  /** Lock.take(), Lock.give() and Lock.tryTake() of resvLock. */
  takeResv(where: string): boolean {
    const slot = this.#resvLock
    if (!canCount(slot)) return this.resvLock.take(where)
    this.#resvLock = slot + 1
    return false
  }

  giveResv(where: string): boolean {
    const slot = this.#resvLock
    if (!canCount(slot) || slot === 0) return this.resvLock.give(where)
    this.#resvLock = slot - 1
    return false
  }

  tryTakeResv(where: string): number | null {
    const slot = this.#resvLock
    if (slot !== 0 || !canCount(slot)) return this.resvLock.tryTake(where)
    this.#resvLock = 1
    return TAKEN
  }

  /** The dma-buf that it was exported as, or that it came in as; held as long as it has handles. */
  get dmaBuf(): DmaBufFile | null {
    return this.#shared?.dmaBuf ?? null
  }

  set dmaBuf(dmaBuf: DmaBufFile | null) {
    if (dmaBuf === null && this.#shared === null) return
    this.share().dmaBuf = dmaBuf
    this.purgeableMayChange()
  }

  /** import_attach->dmabuf: the memory is somebody else's. */
  get importedFrom(): DmaBufFile | null {
    return this.#shared?.importedFrom ?? null
  }

  set importedFrom(dmaBuf: DmaBufFile | null) {
    this.share().importedFrom = dmaBuf
    this.purgeableMayChange()
  }

  /** Exported as a dma-buf, or imported from one. */
  get isShared(): boolean {
    return this.#shared !== null && (this.dmaBuf !== null || this.importedFrom !== null)
  }

  private share(): Shared {
    return (this.#shared ??= { dmaBuf: null, importedFrom: null, ownResv: null, otherFiles: null })
  }

  /** What decides whether its memory can be purged is not as it was. */
  protected purgeableMayChange(): void {
    // A driver that counts what can be purged overrides it.
  }

  get references(): number {
    return this.#references
  }

  get(): void {
    this.use('drm_gem_object_get')
    if (this.#references <= 0)
      throw new KernelViolation('refcount', `refcount_t: addition on 0: ${this.label}`)
    this.#references++
  }

  /** kref_get_unless_zero(). */
  getUnlessZero(): boolean {
    this.use('kref_get_unless_zero')
    if (this.#references === 0) return false
    this.#references++
    return true
  }

  put(): void {
    if (this.drop()) runToCompletion(this.release())
  }

  /** drm_gem_object_put(). */
  *putPath(): Path<void> {
    if (this.drop()) yield* this.release()
  }

  /** `if (object.drop()) yield* object.release()` is `yield* object.putPath()` without a path for most. */
  drop(): boolean {
    this.use('drm_gem_object_put')
    if (this.#references <= 0) throw new KernelViolation('refcount', `refcount_t: underflow: ${this.label}`)
    return --this.#references === 0
  }

  /** Its memory is about to be read or written. Throws KernelViolation when it is somebody else's by now. */
  use(where: string): void {
    if (!this.isFreed) return
    this.device.kernel.stepper?.use(this, where)
    throw new KernelViolation('use-after-free', `use after free: ${this.label} in ${where}`)
  }

  /** drm_gem_object_free(). */
  *release(): Path<void> {
    yield* this.freePath()
    this.freeMmapOffset()
    this.device.objects.delete(this)
    this.device.kernel.stepper?.freed(this)
    this.#references = FREED
  }

  /** Fences of an imported object are those of what it was imported from. */
  get resv(): DmaResv {
    return this.importedFrom?.resv ?? (this.share().ownResv ??= new DmaResv())
  }

  get offsetPage(): number | null {
    return this.#offsetPage < 0 ? null : this.#offsetPage
  }

  /** drm_gem_create_mmap_offset(): does nothing when it has one. False: no room. */
  createMmapOffset(): boolean {
    if (this.#offsetPage < 0) this.#offsetPage = this.device.vmaOffsets.add(this) ?? -1
    return this.#offsetPage >= 0
  }

  freeMmapOffset(): void {
    if (this.#offsetPage >= 0) this.device.vmaOffsets.remove(this, this.#offsetPage)
    this.#offsetPage = -1
  }

  /** A new handle in `file`: drm_gem_handle_create_tail(). A driver that cannot take it answers a negative errno. */
  open(file: DrmFile): number {
    this.#file ??= file
    if (this.#file !== file) {
      const others = (this.share().otherFiles ??= new Map<DrmFile, number>())
      others.set(file, (others.get(file) ?? 0) + 1)
    }
    this.handleCount++
    return 0
  }

  /** The driver's part of a new handle, which comes first. */

  *openPath(file: DrmFile): Path<number> {
    return this.open(file)
  }

  /** The driver's part of the end of a handle. */

  *closePath(file: DrmFile): Path<void> {
    this.close(file)
  }

  /** A handle of `file` is gone: drm_gem_object_release_handle(). */
  close(file: DrmFile): void {
    const others = this.#shared?.otherFiles ?? null
    this.handleCount--
    if (this.#file === file) {
      let ofOthers = 0
      for (const handles of others?.values() ?? []) ofOthers += handles
      if (this.handleCount === ofOthers) this.#file = null
    } else {
      const rest = (others?.get(file) ?? 0) - 1
      if (rest > 0) others?.set(file, rest)
      else others?.delete(file)
    }
    if (this.handleCount > 0) return
    // drm_gem_object_exported_dma_buf_free()
    const { dmaBuf } = this
    this.dmaBuf = null
    dmaBuf?.put()
  }

  /** drm_vma_node_is_allowed(). */
  isAllowed(file: DrmFile): boolean {
    return this.#file === file || this.#shared?.otherFiles?.has(file) === true
  }

  /** funcs->mmap. EINVAL where the driver has none. */
  mmap(task: SimTask, lengthBytes: number): Outcome<Vma>
  mmap(): Outcome<Vma> {
    return -ERRNO.EINVAL
  }

  /** funcs->pin: another device uses the pages. EINVAL where the driver has none. */
  pin(): NegativeErrno | 0 {
    return -ERRNO.EINVAL
  }

  unpin(): void {
    throw new KernelViolation('refcount', `unpin of ${this.label}, which nobody could pin`)
  }

  /** Why the driver's funcs->export refuses; 0: it does not. */
  get exportRefusal(): NegativeErrno | 0 {
    return 0
  }

  /** funcs->status, of objects that are none of the shmem helper's. */
  status?(): { readonly resident: boolean; readonly purgeable: boolean }

  /** The last reference is gone. */
  protected abstract freePath(): Path<void>
}
