/** GEM objects as dma-bufs and back: drivers/gpu/drm/drm_prime.c, drm_gem_shmem_helper.c (6.12). */
import { DRM_CLOEXEC, DRM_RDWR } from '../../backend/drm-calls.js'
import { ERRNO } from '../../backend/errno.js'
import { DmaBufFile, type DmaBufMemory } from '../dma-buf/dma-buf.js'
import { PageContents } from '../mm/page-contents.js'
import { PAGE_SIZE } from '../mm/page.js'
import type { SimTask } from '../process/task-struct.js'
import type { DrmFile } from './drm-file.js'
import type { GemObject } from './gem-object.js'

/** struct drm_prime_file_private: which handle of a file is which dma-buf. Holds the dma-bufs. */
export class PrimeTable {
  readonly #byHandle = new Map<number, DmaBufFile>()
  readonly #byDmaBuf = new Map<DmaBufFile, number>()

  add(dmaBuf: DmaBufFile, handle: number): void {
    dmaBuf.get()
    this.#byHandle.set(handle, dmaBuf)
    this.#byDmaBuf.set(dmaBuf, handle)
  }

  dmaBufOf(handle: number): DmaBufFile | undefined {
    return this.#byHandle.get(handle)
  }

  handleOf(dmaBuf: DmaBufFile): number | undefined {
    return this.#byDmaBuf.get(dmaBuf)
  }

  /** drm_prime_remove_buf_handle(). */
  remove(handle: number): void {
    const dmaBuf = this.#byHandle.get(handle)
    if (dmaBuf === undefined) return
    this.#byHandle.delete(handle)
    this.#byDmaBuf.delete(dmaBuf)
    dmaBuf.put()
  }
}

/** DRM_IOCTL_PRIME_HANDLE_TO_FD: a descriptor of the one dma-buf that the object is. */
export function handleToFd(file: DrmFile, task: SimTask, handle: number, flags: number): number {
  if ((flags & ~(DRM_CLOEXEC | DRM_RDWR)) !== 0) return -ERRNO.EINVAL
  const object = file.lookup(handle)
  if (object === undefined) return -ERRNO.ENOENT
  let dmaBuf = file.prime.dmaBufOf(handle)
  if (dmaBuf === undefined) {
    dmaBuf = object.importedFrom ?? object.dmaBuf ?? exportObject(object, (flags & DRM_RDWR) !== 0)
    file.prime.add(dmaBuf, handle)
  }
  dmaBuf.get()
  return task.files.install(dmaBuf)
}

/** DRM_IOCTL_PRIME_FD_TO_HANDLE: the handle that the file has on it already, or a new one. */
export function fdToHandle(file: DrmFile, task: SimTask, fd: number): number {
  const dmaBuf = task.files.get(fd)
  if (dmaBuf === undefined) return -ERRNO.EBADF
  if (!(dmaBuf instanceof DmaBufFile)) return -ERRNO.EINVAL
  const known = file.prime.handleOf(dmaBuf)
  if (known !== undefined) return known
  const object = importDmaBuf(file, dmaBuf)
  if (typeof object === 'number') return object
  if (object.dmaBuf === null) {
    dmaBuf.get()
    object.dmaBuf = dmaBuf
  }
  const handle = file.createHandle(object)
  if (handle >= 0) file.prime.add(dmaBuf, handle)
  else if (object.handleCount === 0) {
    object.dmaBuf.put()
    object.dmaBuf = null
  }
  object.put()
  return handle
}

/** What the dma-buf is on this device, with a reference for the caller: drm_gem_prime_import_dev(). */
function importDmaBuf(file: DrmFile, dmaBuf: DmaBufFile): GemObject | number {
  const { memory } = dmaBuf
  if (memory instanceof GemDmaBufMemory && memory.object.device === file.device) {
    memory.object.get()
    return memory.object
  }
  const attached = memory.attach?.() ?? 0
  if (attached !== 0) return attached
  dmaBuf.get()
  return file.device.importDmaBuf(dmaBuf)
}

/** export_and_register_object(): the dma-buf holds the object, and the object, while it has handles, the dma-buf. */
function exportObject(object: GemObject, isWritable: boolean): DmaBufFile {
  object.get()
  const dmaBuf = new DmaBufFile(new GemDmaBufMemory(object), object.sizePages * PAGE_SIZE, isWritable)
  object.dmaBuf = dmaBuf
  return dmaBuf
}

/** drm_gem_prime_dmabuf_ops. */
class GemDmaBufMemory implements DmaBufMemory {
  readonly object: GemObject
  /** Mappings are the object's own. */
  readonly contents = new PageContents()
  readonly exporter = 'drm'

  constructor(object: GemObject) {
    this.object = object
  }

  get pages(): number {
    return this.object.sizePages
  }

  get resv() {
    return this.object.resv
  }

  /**
   * The object's mmap, which needs no handle. The fault handler counts pages from the start of the mapping: one that
   * begins further inside the dma-buf shows the object from its first page on, too.
   */
  mmap(task: SimTask, lengthBytes: number) {
    return this.object.mmap(task, lengthBytes)
  }

  attach(): number {
    return this.object.pin()
  }

  detach(): void {
    this.object.unpin()
  }

  release(): void {
    this.object.put()
  }
}
