/**
 * The generic shrinker of the drm-shmem helper, which was never merged: drmm_gem_shmem_init(),
 * drm_gem_shmem_shrinker_count_objects(), _scan_objects(), drm_gem_shmem_helper.c ("drm/shmem-helper: Add memory
 * shrinker", v17 13/18). Not memcg-aware. The lists are scanned as 7.2 scans them.
 */
import { SHRINK_EMPTY, SHRINK_STOP, type ShrinkControl } from '../mm/shrinker.js'
import type { Path } from '../sched/path.js'
import { SteppedShrinker } from '../sched/stepped-shrinker.js'
import type { DrmDevice } from './drm-device.js'
import { GemLru, lruScan, type LruMember } from './gem-lru.js'
import type { ShmemReclaimable } from './gem-shmem-reclaim.js'

export interface GemShmemShrinkerOptions {
  /**
   * Objects whose pages only CPU mappings use are evicted, too, as the review of v17 13/18 asks for. Without it the
   * shrinker leaves alone what has no sg table, as posted.
   */
  readonly evictWithoutSgt?: boolean
}

export class GemShmemShrinker extends SteppedShrinker {
  /** dev->unique. */
  readonly name: string
  readonly memcgAware = false
  readonly evictWithoutSgt: boolean
  readonly lruEvictable = new GemLru('lru_evictable')
  readonly lruEvicted = new GemLru('lru_evicted')
  readonly lruPinned = new GemLru('lru_pinned')
  /** Since the machine started. */
  purgedObjects = 0
  evictedObjects = 0
  swappedInObjects = 0
  readonly #device: DrmDevice

  constructor(device: DrmDevice, name: string, { evictWithoutSgt = false }: GemShmemShrinkerOptions = {}) {
    super()
    this.#device = device
    this.name = name
    this.evictWithoutSgt = evictWithoutSgt
  }

  /** All that is neither pinned, shared nor evicted, busy or not; and objects that were pinned or shared after that. */
  *count(): Path<number> {
    return this.lruEvictable.count === 0 ? SHRINK_EMPTY : this.lruEvictable.count
  }

  /** Purges first, and evicts for the rest. What was freed is told only when something was left that could not be. */
  *scan({ nrToScan }: ShrinkControl): Path<number> {
    const remaining = { pages: 0 }
    const list = this.lruEvictable
    let freed = yield* lruScan(this.#device, list, nrToScan, (object) => this.#purge(object), remaining)
    if (freed < nrToScan) {
      const evict = (object: LruMember) => this.#evict(object)
      freed += yield* lruScan(this.#device, list, nrToScan - freed, evict, remaining)
    }
    return freed > 0 && remaining.pages > 0 ? freed : SHRINK_STOP
  }

  /** drm_gem_shmem_shrinker_purge_locked(). */
  *#purge(member: LruMember): Path<boolean> {
    const object = member as ShmemReclaimable
    return object.isPurgeable && (yield* this.#gemEvict(object))
  }

  /** drm_gem_shmem_shrinker_evict_locked(): only when swap has room for all of it. */
  *#evict(member: LruMember): Path<boolean> {
    const object = member as ShmemReclaimable
    if (!object.isEvictable || this.#device.kernel.swap.freePages < object.sizePages) return false
    return yield* this.#gemEvict(object)
  }

  /** drm_gem_evict_locked(): nobody may have a use for it any more; then the driver decides. */
  *#gemEvict(object: ShmemReclaimable): Path<boolean> {
    if (!object.resv.isIdle('write', this.#device.kernel.taskNowNs())) return false
    return (yield* object.evict()) === 0
  }
}
