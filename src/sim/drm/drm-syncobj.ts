/** Synchronization objects: drivers/gpu/drm/drm_syncobj.c (6.12), without timelines, which no driver here has. */
import { ERRNO } from '../../backend/errno.js'
import type { Outcome } from '../../backend/outcome.js'
import {
  DRM_SYNCOBJ_CREATE_SIGNALED,
  DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL,
  DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
} from '../../backend/syncobj-calls.js'
import { isSignaled, STUB_FENCE, type Fence } from '../dma-buf/dma-fence.js'
import { SyncFile } from '../dma-buf/sync-file.js'
import { IdAllocator } from '../lib/id-allocator.js'
import type { Release } from '../kernel.js'
import type { Vma } from '../mm/vma.js'
import { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'
import type { Wait } from '../waits.js'

/** DRM_SYNCOBJ_WAIT_FLAGS_WAIT_DEADLINE: a hint for drivers, which none here takes. */
const WAIT_DEADLINE = 8

/** struct drm_syncobj: a place for a fence. */
export class Syncobj {
  fence: Fence | null = null
}

/** A descriptor of the object itself. */
class SyncobjFile extends SimFile {
  readonly syncobj: Syncobj

  constructor(syncobj: Syncobj) {
    super()
    this.syncobj = syncobj
  }

  mmap(): Outcome<Vma> {
    return -ERRNO.ENODEV
  }

  protected release(): void {
    // Whoever has a handle keeps the object.
  }
}

/**
 * The handles of one open file. In 7.2 they are in an xarray that counts from 1 by holding index 0 back: erasing index 0,
 * which DESTROY of handle 0 does, lets it go while any other handle is there, and it is not held back again.
 */
export class SyncobjTable {
  readonly #inXarray: boolean
  readonly #before6_2: boolean
  #zeroIsFree = false
  readonly #ids = new IdAllocator(1, 0x7fff_ffff)
  readonly #objects = new Map<number, Syncobj>()

  constructor(release: Release) {
    this.#inXarray = release === '7.2'
    this.#before6_2 = release === '6.1'
  }

  find(handle: number): Syncobj | undefined {
    return this.#objects.get(handle)
  }

  create(flags: number): Outcome<{ readonly handle: number }> {
    if ((flags & ~DRM_SYNCOBJ_CREATE_SIGNALED) !== 0) return -ERRNO.EINVAL
    const syncobj = new Syncobj()
    if (flags !== 0) syncobj.fence = STUB_FENCE
    return this.#add(syncobj)
  }

  destroy(handle: number): number {
    const isThere = this.#objects.delete(handle)
    if (handle !== 0 && isThere) this.#ids.free(handle)
    if (handle === 0 && (isThere || this.#objects.size > 0)) this.#zeroIsFree = this.#inXarray
    return isThere ? 0 : -ERRNO.EINVAL
  }

  /** SYNCOBJ_RESET and _SIGNAL: all of them get this fence, or none does. EINVAL for none; ENOENT. */
  replaceAll(handles: Uint32Array, fence: Fence | null): number {
    if (handles.length === 0) return -ERRNO.EINVAL
    const syncobjs = this.#findAll(handles)
    if (typeof syncobjs === 'number') return syncobjs
    for (const syncobj of syncobjs) syncobj.fence = fence
    return 0
  }

  /**
   * SYNCOBJ_WAIT: what there is to wait for; 0 for an empty list, which is nothing; EINVAL; ENOENT. Linux 6.1 knows no
   * deadline (it came with 6.6), and refuses an empty list.
   */
  wait(handles: Uint32Array, flags: number): Wait | number {
    const both = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL | DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT
    const known = this.#before6_2 ? both : both | WAIT_DEADLINE
    if ((flags & ~known) !== 0) return -ERRNO.EINVAL
    if (handles.length === 0) return this.#before6_2 ? -ERRNO.EINVAL : 0
    const syncobjs = this.#findAll(handles)
    if (typeof syncobjs === 'number') return syncobjs
    const forSubmit = (flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT) !== 0
    if (!forSubmit && syncobjs.some(({ fence }) => fence === null)) return -ERRNO.EINVAL
    return new SyncobjWait(syncobjs, (flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL) !== 0)
  }

  /** SYNCOBJ_HANDLE_TO_FD of the object itself: EINVAL for an unknown handle. */
  handleToFd(task: SimTask, handle: number): number {
    const syncobj = this.#objects.get(handle)
    return syncobj === undefined ? -ERRNO.EINVAL : task.files.install(new SyncobjFile(syncobj))
  }

  /** SYNCOBJ_FD_TO_HANDLE: a new handle each time. */
  fdToHandle(task: SimTask, fd: number): Outcome<{ readonly handle: number }> {
    const file = task.files.get(fd)
    return file instanceof SyncobjFile ? this.#add(file.syncobj) : -ERRNO.EINVAL
  }

  exportSyncFile(task: SimTask, handle: number): number {
    const fence = this.findFence(handle)
    return typeof fence === 'number' ? fence : task.files.install(new SyncFile(fence))
  }

  importSyncFile(task: SimTask, handle: number, syncFileFd: number): number {
    const file = task.files.get(syncFileFd)
    if (!(file instanceof SyncFile)) return -ERRNO.EINVAL
    const syncobj = this.#objects.get(handle)
    if (syncobj === undefined) return -ERRNO.ENOENT
    syncobj.fence = file.fence
    return 0
  }

  /** drm_syncobj_find_fence(): ENOENT for an unknown handle, EINVAL without a fence. */
  findFence(handle: number): Fence | number {
    const syncobj = this.#objects.get(handle)
    if (syncobj === undefined) return -ERRNO.ENOENT
    return syncobj.fence ?? -ERRNO.EINVAL
  }

  release(): void {
    this.#objects.clear()
  }

  #add(syncobj: Syncobj): Outcome<{ readonly handle: number }> {
    const handle = this.#zeroIsFree ? 0 : this.#ids.allocate()
    if (handle === undefined) return -ERRNO.ENOSPC
    if (handle === 0) this.#zeroIsFree = false
    this.#objects.set(handle, syncobj)
    return { handle }
  }

  #findAll(handles: Uint32Array): Syncobj[] | number {
    const found: Syncobj[] = []
    for (const handle of handles) {
      const syncobj = this.#objects.get(handle)
      if (syncobj === undefined) return -ERRNO.ENOENT
      found.push(syncobj)
    }
    return found
  }
}

/** drm_syncobj_array_wait_timeout(): the fence that an object has, or gets first, is the one that counts. */
class SyncobjWait implements Wait {
  readonly #syncobjs: readonly Syncobj[]
  readonly #fences: (Fence | null)[]
  readonly #all: boolean

  constructor(syncobjs: readonly Syncobj[], all: boolean) {
    this.#syncobjs = syncobjs
    this.#fences = syncobjs.map(({ fence }) => fence)
    this.#all = all
  }

  /** The index of the first that is signalled. */
  check(nowNs: number): number | undefined {
    for (const [i, { fence }] of this.#syncobjs.entries()) this.#fences[i] ??= fence
    const signaled = this.#fences.map((fence) => fence !== null && isSignaled(fence, nowNs))
    const done = this.#all ? signaled.every(Boolean) : signaled.some(Boolean)
    return done ? signaled.indexOf(true) : undefined
  }

  nextNs(nowNs: number): number {
    const times = this.#fences.map((fence) => fence?.signalsAtNs ?? Infinity).filter((time) => time > nowNs)
    return Math.min(...times)
  }
}
