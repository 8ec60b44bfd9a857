/** File offsets under which GEM objects can be mapped: drivers/gpu/drm/drm_vma_manager.c (6.12). */
import { PageMap } from '../lib/page-map.js'
import { DrmMm } from './drm-mm.js'
import type { GemObject } from './gem-object.js'

/** DRM_FILE_PAGE_OFFSET_START and _SIZE on 64-bit: the first offset is 4 GiB. */
const START_PAGE = 0x10_0000
const SIZE_PAGES = START_PAGE * 256

export class VmaOffsetManager {
  readonly #mm = new DrmMm(START_PAGE, START_PAGE + SIZE_PAGES)
  readonly #objects = new PageMap<GemObject>()

  /** The first page of a new range; null when there is no room. */
  add(object: GemObject): number | null {
    const page = this.#mm.insert(object.sizePages)
    if (page === undefined) return null
    this.#objects.set(page, object)
    return page
  }

  remove(object: GemObject, page: number): void {
    this.#objects.delete(page)
    this.#mm.remove(page, object.sizePages)
  }

  /** drm_vma_offset_exact_lookup(): the object whose range begins here and has room for `pages`. */
  exactLookup(page: number, pages: number): GemObject | undefined {
    const object = this.#objects.get(page)
    return object !== undefined && pages <= object.sizePages ? object : undefined
  }
}
