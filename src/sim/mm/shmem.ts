/**
 * A shmem file without a name, as a GEM object owns one, and the pages that its owner took from it:
 * shmem_read_folio_gfp(), shmem_truncate_range(), mm/shmem.c; drm_gem_get_pages(), drivers/gpu/drm/drm_gem.c (6.12).
 *
 * A page goes back to the allocator when the file has dropped it and nobody holds it any more.
 */
import type { Kernel } from '../kernel.js'
import { Charges } from './charges.js'
import { GFP_GEM } from './gfp.js'
import { PageContents } from './page-contents.js'

/** Pages of a file, and who holds them. */
export class ShmemPages {
  readonly contents = new PageContents()
  readonly charges = new Charges()
  inFile = true
  /** The owner of the file holds the pages: they are unevictable. */
  held = false
}

export class ShmemFile {
  readonly #kernel: Kernel
  readonly sizePages: number
  #pages: ShmemPages | null = null

  constructor(kernel: Kernel, sizePages: number) {
    this.#kernel = kernel
    this.sizePages = sizePages
  }

  get residentPages(): number {
    return this.#pages?.charges.total ?? 0
  }

  /**
   * All pages of the file, or so many of them, allocated where it has none, charged to the calling process. Null when memory or a limit
   * does not allow it; what was allocated by then stays in the file.
   */
  getPages(upTo = this.sizePages): ShmemPages | null {
    const kernel = this.#kernel
    const pages = (this.#pages ??= new ShmemPages())
    while (pages.charges.total < upTo) {
      if (kernel.currentIsDying()) return null
      const memcg = kernel.currentMemcg()
      const missing = upTo - pages.charges.total
      const granted = kernel.allocateCharged('shmem', memcg, missing, GFP_GEM)
      if (granted === 0) return null
      pages.charges.add(memcg, granted)
    }
    pages.held = true
    return pages
  }

  /** drm_gem_put_pages(): the owner lets go. Frees the pages when they are no longer the file's. */
  putPages(pages: ShmemPages): void {
    pages.held = false
    if (!pages.inFile) this.#free(pages, 'detached')
  }

  /** The file becomes empty. Pages that the owner still holds stay allocated, but belong to no file. */
  truncate(): void {
    const pages = this.#pages
    if (pages === null) return
    this.#pages = null
    pages.inFile = false
    if (!pages.held) {
      this.#free(pages, 'shmem')
      return
    }
    this.#kernel.pages.retype('shmem', 'detached', pages.charges.total)
    for (const [memcg, count] of pages.charges.entries()) memcg.addStat('shmem', -count)
  }

  #free(pages: ShmemPages, kind: 'shmem' | 'detached'): void {
    for (const [memcg, count] of pages.charges.entries()) this.#kernel.freeCharged(kind, memcg, count)
    pages.charges.clear()
    pages.contents.clear()
  }
}
