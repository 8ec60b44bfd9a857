/**
 * Resources of TTM and the LRU lists that they are in: drivers/gpu/drm/ttm/ttm_resource.c (6.12).
 *
 * A manager has a list for each priority; the lowest priority goes first, and within it the oldest. One spinlock, the
 * device's lru_lock, guards all lists. Pinned resources are in a list of their own.
 */
import { LruList, LruNode } from '../../lib/lru-list.js'
import type { TtmLruBulkMove } from './ttm-bulk-move.js'
import type { TtmResourceCursor } from './ttm-cursor.js'

export const TTM_MAX_BO_PRIORITY = 4
export const TTM_PL_SYSTEM = 0

/** struct ttm_lru_item: a resource, or the place of a walker. */
export type TtmLruItem = TtmResource | TtmResourceCursor

export class TtmDevice {
  readonly pinned = new LruList<TtmLruItem>()
  /** lockdep_assert_held(&bdev->lru_lock): throws when the caller does not hold it. */
  readonly lockdepAssertHeld: () => void

  constructor(lockdepAssertHeld: () => void = () => undefined) {
    this.lockdepAssertHeld = lockdepAssertHeld
  }
}

export class TtmResourceManager {
  readonly device: TtmDevice
  readonly memType: number
  readonly #lru = Array.from({ length: TTM_MAX_BO_PRIORITY }, () => new LruList<TtmLruItem>())
  usagePages = 0

  constructor(device: TtmDevice, memType = TTM_PL_SYSTEM) {
    this.device = device
    this.memType = memType
  }

  /** RangeError for a priority that is not 0 to 3. */
  lruOf(priority: number): LruList<TtmLruItem> {
    const list = this.#lru[priority]
    if (list === undefined) throw new RangeError(`there is no LRU priority ${priority}`)
    return list
  }

  /** All unpinned resources in the order of eviction. The list must not change meanwhile, as under the lock. */
  *resources(): Generator<TtmResource> {
    this.device.lockdepAssertHeld()
    for (const list of this.#lru)
      for (let node = list.first; node !== null; node = node.next)
        if (node.owner instanceof TtmResource) yield node.owner
  }
}

/** What TTM's lists need to know of a struct ttm_buffer_object. */
export interface TtmBufferObject {
  readonly sizePages: number
  readonly priority: number
  readonly bulkMove: TtmLruBulkMove | null
  readonly pinCount: number
}

export class TtmResource {
  readonly lru = new LruNode<TtmLruItem>(this)
  readonly bo: TtmBufferObject
  readonly #manager: TtmResourceManager

  /** ttm_resource_init() and the rest of ttm_resource_alloc(): to the end of its list, and into its bulk move. */
  constructor(bo: TtmBufferObject, manager: TtmResourceManager) {
    manager.device.lockdepAssertHeld()
    this.bo = bo
    this.#manager = manager
    if (bo.pinCount > 0) manager.device.pinned.moveToTail(this.lru)
    else manager.lruOf(bo.priority).moveToTail(this.lru)
    manager.usagePages += bo.sizePages
    this.#addBulkMove()
  }

  get memType(): number {
    return this.#manager.memType
  }

  /** ttm_resource_move_to_lru_tail(): it was used. */
  moveToLruTail(): void {
    this.#manager.device.lockdepAssertHeld()
    if (this.bo.pinCount > 0) this.#moveTo(this.#manager.device.pinned)
    else if (this.bo.bulkMove !== null) this.bo.bulkMove.moveToRangeTail(this)
    else this.#moveTo(this.#manager.lruOf(this.bo.priority))
  }

  /** ttm_resource_free() and ttm_resource_fini(): off all lists. */
  free(): void {
    this.#manager.device.lockdepAssertHeld()
    this.#delBulkMove()
    this.lru.list?.remove(this.lru)
    this.#manager.usagePages -= this.bo.sizePages
  }

  #addBulkMove(): void {
    if (this.bo.pinCount === 0) this.bo.bulkMove?.add(this)
  }

  #delBulkMove(): void {
    if (this.bo.pinCount === 0) this.bo.bulkMove?.remove(this)
  }

  #moveTo(list: LruList<TtmLruItem>): void {
    list.moveToTail(this.lru)
  }
}
