/**
 * struct ttm_resource_cursor: a place in the LRU lists of a manager that outlives the LRU lock. It is kept by a hitch, an
 * entry of the list that is no resource. drivers/gpu/drm/ttm/ttm_resource.c (6.12).
 */
import { LruNode } from '../../lib/lru-list.js'
import type { TtmLruBulkMove } from './ttm-bulk-move.js'
import { TTM_MAX_BO_PRIORITY, type TtmLruItem, TtmResource, type TtmResourceManager } from './ttm-resource.js'

export class TtmResourceCursor {
  readonly hitch = new LruNode<TtmLruItem>(this)
  readonly #manager: TtmResourceManager
  priority = 0
  memType: number
  bulk: TtmLruBulkMove | null = null

  constructor(manager: TtmResourceManager) {
    this.#manager = manager
    this.memType = manager.memType
  }

  /** Whether it keeps a place, so that next() goes on from there. */
  get isStarted(): boolean {
    return this.hitch.isListed
  }

  /** ttm_resource_manager_first(): the oldest resource of the lowest priority; null when there is none. */
  first(): TtmResource | null {
    this.#manager.device.lockdepAssertHeld()
    this.priority = 0
    this.#manager.lruOf(0).moveToFront(this.hitch)
    return this.next()
  }

  /** ttm_resource_manager_next(). At the end the cursor is finished, and null is the answer. */
  next(): TtmResource | null {
    this.#manager.device.lockdepAssertHeld()
    for (;;) {
      for (let node = this.hitch.next; node !== null; node = node.next) {
        if (!(node.owner instanceof TtmResource)) continue
        this.#checkBulk(node.owner)
        node.list?.moveToFront(this.hitch, node)
        return node.owner
      }
      if (++this.priority >= TTM_MAX_BO_PRIORITY) break
      this.#manager.lruOf(this.priority).moveToFront(this.hitch)
      this.clearBulk()
    }
    this.fini()
    return null
  }

  /** ttm_resource_cursor_fini(): may be called twice. */
  fini(): void {
    this.#manager.device.lockdepAssertHeld()
    this.hitch.list?.remove(this.hitch)
    this.clearBulk()
  }

  /** ttm_resource_cursor_clear_bulk(). */
  clearBulk(): void {
    this.bulk?.cursors.delete(this)
    this.bulk = null
  }

  /** ttm_resource_cursor_check_bulk(). */
  #checkBulk(resource: TtmResource): void {
    const bulk = resource.bo.bulkMove
    if (this.bulk === bulk) return
    this.clearBulk()
    bulk?.cursors.add(this)
    this.bulk = bulk
    this.memType = resource.memType
  }
}
