/** What all GEM objects share: references, handles, the mmap offset. drivers/gpu/drm/drm_gem.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import type { DmaBufFile } from '../dma-buf/dma-buf.js'
import { DmaResv } from '../dma-buf/dma-resv.js'
import type { Vma } from '../mm/vma.js'
import type { SimTask } from '../process/task-struct.js'
import { Lock, type Freeable } from '../sched/lock.js'
import { runToCompletion, type Path } from '../sched/path.js'
import { KernelViolation } from '../sched/violation.js'
import type { DrmDevice } from './drm-device.js'
import type { DrmFile } from './drm-file.js'

export abstract class GemObject implements Freeable {
  /** Numbers the objects of a device, for stories. */
  readonly id: number
  readonly device: DrmDevice
  readonly sizePages: number
  /** The lock of its dma_resv. */
  readonly resvLock: Lock = new Lock('ww_mutex', 'resv', this)
  isFreed = false
  #references = 1
  /** How many handles of each open file name it: who may mmap it. Most objects are of one file, hence no map. */
  #file: DrmFile | null = null
  #fileHandles = 0
  #otherFiles: Map<DrmFile, number> | null = null
  /** First page of its range in the file offset space of the device; null when it has none. */
  #offsetPage: number | null = null
  #ownResv: DmaResv | null = null
  /** Handles of all files: handle_count. */
  handleCount = 0
  /** The dma-buf that it was exported as, or that it came in as; held as long as it has handles. */
  dmaBuf: DmaBufFile | null = null
  /** import_attach->dmabuf: the memory is somebody else's. */
  importedFrom: DmaBufFile | null = null

  constructor(device: DrmDevice, sizePages: number) {
    this.device = device
    this.sizePages = sizePages
    this.id = device.nextObjectId++
    device.objects.add(this)
  }

  get label(): string {
    return `bo ${this.id}`
  }

  /** Exported as a dma-buf, or imported from one. */
  get isShared(): boolean {
    return this.dmaBuf !== null || this.importedFrom !== null
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
    if (this.#drop()) runToCompletion(this.#release())
  }

  /** drm_gem_object_put(). */
  *putPath(): Path<void> {
    if (this.#drop()) yield* this.#release()
  }

  /** Its memory is about to be read or written. Throws KernelViolation when it is somebody else's by now. */
  use(where: string): void {
    if (!this.isFreed) return
    this.device.kernel.stepper?.use(this, where)
    throw new KernelViolation('use-after-free', `use after free: ${this.label} in ${where}`)
  }

  #drop(): boolean {
    this.use('drm_gem_object_put')
    if (this.#references <= 0) throw new KernelViolation('refcount', `refcount_t: underflow: ${this.label}`)
    return --this.#references === 0
  }

  /** drm_gem_object_free(). */
  *#release(): Path<void> {
    yield* this.freePath()
    this.freeMmapOffset()
    this.device.objects.delete(this)
    this.device.kernel.stepper?.freed(this)
    this.isFreed = true
  }

  /** Fences of an imported object are those of what it was imported from. */
  get resv(): DmaResv {
    return this.importedFrom?.resv ?? (this.#ownResv ??= new DmaResv())
  }

  get offsetPage(): number | null {
    return this.#offsetPage
  }

  /** drm_gem_create_mmap_offset(): does nothing when it has one. False: no room. */
  createMmapOffset(): boolean {
    this.#offsetPage ??= this.device.vmaOffsets.add(this)
    return this.#offsetPage !== null
  }

  freeMmapOffset(): void {
    if (this.#offsetPage !== null) this.device.vmaOffsets.remove(this, this.#offsetPage)
    this.#offsetPage = null
  }

  /** A new handle in `file`: drm_gem_handle_create_tail(). A driver that cannot take it answers a negative errno. */
  open(file: DrmFile): number {
    if (this.#file === null || this.#file === file) {
      this.#file = file
      this.#fileHandles++
    } else {
      this.#otherFiles ??= new Map()
      this.#otherFiles.set(file, (this.#otherFiles.get(file) ?? 0) + 1)
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

  /** A mapping of its memory; EINVAL where the driver has none. */
  mmap(_task: SimTask, _lengthBytes: number): Outcome<Vma> {
    return -ERRNO.EINVAL
  }

  /** Another device uses the pages. EINVAL where the driver has none to give. */
  pin(): NegativeErrno | 0 {
    return -ERRNO.EINVAL
  }

  unpin(): void {
    // Nothing was pinned.
  }

  /** A handle of `file` is gone: drm_gem_object_release_handle(). */
  close(file: DrmFile): void {
    if (this.#file === file) {
      if (--this.#fileHandles === 0) this.#file = null
    } else {
      const rest = (this.#otherFiles?.get(file) ?? 0) - 1
      if (rest > 0) this.#otherFiles?.set(file, rest)
      else this.#otherFiles?.delete(file)
    }
    if (--this.handleCount > 0) return
    // drm_gem_object_exported_dma_buf_free()
    const { dmaBuf } = this
    this.dmaBuf = null
    dmaBuf?.put()
  }

  /** drm_vma_node_is_allowed(). */
  isAllowed(file: DrmFile): boolean {
    return this.#file === file || this.#otherFiles?.has(file) === true
  }

  /** The last reference is gone. */
  protected abstract freePath(): Path<void>
}
