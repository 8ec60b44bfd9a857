/** What all GEM objects share: references, handles, the mmap offset. drivers/gpu/drm/drm_gem.c (6.12). */
import type { DmaBufFile } from '../dma-buf/dma-buf.js'
import { DmaResv } from '../dma-buf/dma-resv.js'
import type { DrmDevice } from './drm-device.js'
import type { DrmFile } from './drm-file.js'

export abstract class GemObject {
  readonly device: DrmDevice
  readonly sizePages: number
  #references = 1
  /** How many handles of each open file name it: who may mmap it. */
  readonly #handles = new Map<DrmFile, number>()
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
    device.objects.add(this)
  }

  get(): void {
    this.#references++
  }

  put(): void {
    if (--this.#references > 0) return
    this.freeMmapOffset()
    this.device.objects.delete(this)
    this.free()
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
    this.#handles.set(file, (this.#handles.get(file) ?? 0) + 1)
    this.handleCount++
    return 0
  }

  /** A handle of `file` is gone: drm_gem_object_release_handle(). */
  close(file: DrmFile): void {
    const rest = (this.#handles.get(file) ?? 0) - 1
    if (rest > 0) this.#handles.set(file, rest)
    else this.#handles.delete(file)
    if (--this.handleCount > 0) return
    // drm_gem_object_exported_dma_buf_free()
    const { dmaBuf } = this
    this.dmaBuf = null
    dmaBuf?.put()
  }

  /** drm_vma_node_is_allowed(). */
  isAllowed(file: DrmFile): boolean {
    return this.#handles.has(file)
  }

  /** The last reference is gone. */
  protected abstract free(): void
}
