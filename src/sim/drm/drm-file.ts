/** An open DRM node with its table of GEM handles: drm_file.c, drm_gem.c, drm_gem_mmap() (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import { IdAllocator } from '../lib/id-allocator.js'
import { PAGE_SIZE, pagesOf } from '../mm/page.js'
import type { Vma } from '../mm/vma.js'
import { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'
import { Lock } from '../sched/lock.js'
import { isStepping, runToCompletion, type Path } from '../sched/path.js'
import type { DrmDevice } from './drm-device.js'
import type { GemObject } from './gem-object.js'
import { drmFdinfo } from './drm-fdinfo.js'
import { PrimeTable } from './drm-prime.js'
import { SyncobjTable } from './drm-syncobj.js'

export class DrmFile extends SimFile {
  readonly device: DrmDevice
  readonly #ids = new IdAllocator(1, 0x7fff_ffff)
  /** By handle; those that are taken are dense. */
  readonly #handles: (GemObject | undefined)[] = [undefined]
  /** The dma-bufs that its handles were exported as or imported from. */
  readonly prime = new PrimeTable()
  readonly syncobjs: SyncobjTable
  /** Numbers all clients of the machine. */
  readonly clientId: number
  /** A render node allows what needs no DRM master. */
  isRenderNode = true
  readonly #tableLock = new Lock('spinlock', 'table_lock')

  constructor(device: DrmDevice) {
    super()
    this.device = device
    this.syncobjs = new SyncobjTable(device.kernel.release)
    this.clientId = device.kernel.nextDrmClientId++
  }

  /** A handle on the object, with a reference of its own; a negative errno when the driver refuses. */
  createHandle(object: GemObject): number {
    return runToCompletion(this.handleCreate(object))
  }

  /** drm_gem_handle_create_tail(): nobody finds the handle before the driver has opened the object. */
  *handleCreate(object: GemObject): Path<number> {
    const where = 'drm_gem_handle_create_tail'
    const { objectNameLock } = this.device
    const tableLock = this.#tableLock
    if (objectNameLock.take(where)) yield objectNameLock
    object.get()
    if (tableLock.take(where)) yield tableLock
    const handle = this.#ids.allocate()
    if (tableLock.give(where)) yield tableLock
    if (objectNameLock.give(where)) yield objectNameLock
    if (handle === undefined) {
      yield* object.putPath()
      return -ERRNO.ENOSPC
    }
    const opened = yield* object.openPath(this)
    if (tableLock.take(where)) yield tableLock
    if (opened < 0) this.#ids.free(handle)
    else this.#handles[handle] = object
    if (tableLock.give(where)) yield tableLock
    if (opened >= 0) return handle
    yield* object.putPath()
    return opened
  }

  /** drm_gem_object_lookup(): with a reference for the caller. */
  *objectLookup(handle: number): Path<GemObject | undefined> {
    const where = 'drm_gem_object_lookup'
    const tableLock = this.#tableLock
    if (tableLock.take(where)) yield tableLock
    const object = this.#lookupLocked(handle)
    if (tableLock.give(where)) yield tableLock
    return object
  }

  /** `file.objectLookupAtOnce(h) ?? (yield* file.objectLookup(h))`: nothing when it is stepped, or not there. */
  objectLookupAtOnce(handle: number): GemObject | undefined {
    return isStepping() ? undefined : this.#lookupLocked(handle)
  }

  #lookupLocked(handle: number): GemObject | undefined {
    const object = this.#handles[handle]
    object?.get()
    return object
  }

  lookup(handle: number): GemObject | undefined {
    return this.#handles[handle]
  }

  /** DRM_IOCTL_GEM_CLOSE: drm_gem_handle_delete(). */
  deleteHandle(handle: number): NegativeErrno | 0 {
    return runToCompletion(this.handleDelete(handle))
  }

  *handleDelete(handle: number): Path<NegativeErrno | 0> {
    const where = 'drm_gem_handle_delete'
    const tableLock = this.#tableLock
    if (tableLock.take(where)) yield tableLock
    const object = this.#handles[handle]
    if (object !== undefined) this.#handles[handle] = undefined
    if (tableLock.give(where)) yield tableLock
    if (object === undefined) return -ERRNO.EINVAL
    yield* object.closePath(this)
    this.prime.remove(handle)
    if (object.drop()) yield* object.release()
    if (tableLock.take(where)) yield tableLock
    this.#ids.free(handle)
    if (tableLock.give(where)) yield tableLock
    return 0
  }

  *handles(): Generator<GemObject> {
    for (const object of this.#handles) if (object !== undefined) yield object
  }

  /** drm_poll(): no driver here sends events. */
  override poll(): number {
    return 0
  }

  /** drm_show_fdinfo(). */
  override fdinfo(nowNs: number): string {
    return drmFdinfo(this, nowNs)
  }

  override seekEnd(): number {
    // noop_llseek(): the position, which nothing moves.
    return 0
  }

  override mmap(task: SimTask, offset: bigint, lengthBytes: number): Outcome<Vma> {
    const page = Number(offset / BigInt(PAGE_SIZE))
    const object = this.device.vmaOffsets.exactLookup(page, pagesOf(lengthBytes))
    if (object === undefined) return -ERRNO.EINVAL
    if (!object.isAllowed(this)) return -ERRNO.EACCES
    const vma = object.mmap(task, lengthBytes)
    // An imported one is a mapping of its dma-buf, which has the place of this file: vma_set_file().
    if (typeof vma !== 'number') vma.holdFile(this)
    return vma
  }

  protected override putOff(release: () => void): void {
    this.device.kernel.taskWork.add(release)
  }

  protected release(): void {
    // idr_for_each(): by their numbers, whatever their age.
    for (let handle = 1; handle < this.#handles.length; handle++) this.deleteHandle(handle)
    this.syncobjs.release()
  }
}
