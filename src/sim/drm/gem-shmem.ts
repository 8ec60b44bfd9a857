/**
 * GEM objects whose memory is a shmem file: drivers/gpu/drm/drm_gem_shmem_helper.c (6.12).
 *
 * `pages` is held as long as anybody uses it: the sg table that the GPU maps counts once, each CPU mapping once.
 */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import type { DmaBufFile } from '../dma-buf/dma-buf.js'
import { ShmemFile, type ShmemPages } from '../mm/shmem.js'
import type { Vma } from '../mm/vma.js'
import type { SimTask } from '../process/task-struct.js'
import type { DrmDevice } from './drm-device.js'
import { GemObject } from './gem-object.js'
import { GemShmemVma } from './gem-shmem-vma.js'

export class GemShmemObject extends GemObject {
  readonly file: ShmemFile
  pages: ShmemPages | null = null
  pagesUseCount = 0
  /** 0: needed. Above 0: what the driver was advised. Below 0: purged, for ever. */
  madv = 0
  /** The pages are in a table that the GPU's page tables were made from. */
  hasSgt = false
  /** Other devices that use the pages: pages_pin_count. */
  pinCount = 0
  readonly vmas = new Set<GemShmemVma>()

  constructor(device: DrmDevice, sizePages: number) {
    super(device, sizePages)
    this.file = new ShmemFile(device.kernel, sizePages)
  }

  /** drm_gem_shmem_get_pages(): one more user. All pages are allocated for the first one. -ENOMEM. */
  getPages(): NegativeErrno | 0 {
    if (this.pagesUseCount === 0) {
      this.pages = this.file.getPages()
      if (this.pages === null) return -ERRNO.ENOMEM
    }
    this.pagesUseCount++
    return 0
  }

  putPages(): void {
    if (this.pagesUseCount === 0 || this.pages === null)
      throw new Error('drm_gem_shmem_put_pages() without pages')
    if (--this.pagesUseCount > 0) return
    this.file.putPages(this.pages)
    this.pages = null
  }

  /** drm_gem_shmem_get_pages_sgt(). */
  getPagesSgt(): NegativeErrno | 0 {
    if (this.hasSgt) return 0
    const result = this.getPages()
    if (result === 0) this.hasSgt = true
    return result
  }

  /** drm_gem_shmem_madvise(): whether the pages are still there. */
  madvise(advice: number): boolean {
    if (this.madv >= 0) this.madv = advice
    return this.madv >= 0
  }

  /** drm_gem_shmem_is_purgeable(). Objects that the kernel itself maps do not exist here. */
  get isPurgeable(): boolean {
    return this.madv > 0 && this.hasSgt && this.dmaBuf === null && this.importedFrom === null
  }

  /** drm_gem_shmem_pin(): another device uses the pages. -ENOMEM. */
  pin(): NegativeErrno | 0 {
    const result = this.getPages()
    if (result === 0) this.pinCount++
    return result
  }

  unpin(): void {
    this.pinCount--
    this.putPages()
  }

  /** drm_gem_shmem_prime_import_sg_table(): takes over a reference on the dma-buf, and its use by this device. */
  adoptImport(dmaBuf: DmaBufFile): void {
    this.importedFrom = dmaBuf
    this.hasSgt = true
  }

  /** drm_gem_shmem_purge(): the content is gone for ever, the pages as soon as no mapping holds them. */
  purge(): void {
    if (!this.isPurgeable) throw new Error('drm_gem_shmem_purge() of an object that is not purgeable')
    this.hasSgt = false
    this.putPages()
    this.madv = -1
    for (const vma of this.vmas) vma.zap()
    this.freeMmapOffset()
    this.file.truncate()
  }

  /** drm_gem_shmem_mmap(): the mapping holds the object and its pages. -ENOMEM. */
  mmap(task: SimTask, lengthBytes: number): Outcome<Vma> {
    if (this.importedFrom !== null) return this.importedFrom.mmap(task, 0n, lengthBytes)
    const result = this.getPages()
    if (result !== 0) return result
    return new GemShmemVma(this, task, lengthBytes)
  }

  /** drm_gem_shmem_free(). */
  protected free(): void {
    const { importedFrom } = this
    if (importedFrom !== null) {
      // drm_prime_gem_destroy()
      importedFrom.memory.detach?.()
      importedFrom.put()
      return
    }
    if (this.hasSgt) {
      this.hasSgt = false
      this.putPages()
    }
    if (this.pagesUseCount !== 0) throw new Error('drm_gem_shmem_free() of an object whose pages are in use')
    this.file.truncate()
  }
}
