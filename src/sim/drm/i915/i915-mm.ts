/**
 * The lists that the shrinker goes over: struct i915_gem_mm, i915_drv.h; i915_gem_object_make_shrinkable() and its
 * kin, drivers/gpu/drm/i915/gem/i915_gem_shrinker.c (6.12).
 */
import { I915_MADV_WILLNEED } from '../../../backend/i915-calls.js'
import { LruList } from '../../lib/lru-list.js'
import { Lock } from '../../sched/lock.js'
import type { I915GemObject } from './i915-gem-object.js'

export class I915Mm {
  readonly objLock = new Lock('spinlock', 'obj_lock')
  /** Needed objects with pages, by age. */
  readonly shrinkList = new LruList<I915GemObject>()
  /** Objects with pages that nobody needs. */
  readonly purgeList = new LruList<I915GemObject>()
  /** Of both lists, and of what a walk holds at the moment. */
  shrinkCount = 0
  shrinkPages = 0

  listOf({ madv }: I915GemObject): LruList<I915GemObject> {
    return madv === I915_MADV_WILLNEED ? this.shrinkList : this.purgeList
  }

  /** It got pages. */
  add(object: I915GemObject): void {
    this.#enter(object)
    object.shrinkPin = 0
  }

  /** Its advice changed: to the tail of the list that it belongs to now. */
  moveToTail(object: I915GemObject): void {
    if (object.link.isListed) this.listOf(object).moveToTail(object.link)
  }

  /** Each call wants one of makeShrinkable(), or new pages. */
  makeUnshrinkable(object: I915GemObject): void {
    if (object.shrinkPin++ === 0) this.forget(object)
  }

  makeShrinkable(object: I915GemObject): void {
    if (object.isShrinkable && --object.shrinkPin === 0) this.#enter(object)
  }

  /** Off the lists. */
  forget(object: I915GemObject): void {
    if (!object.link.isListed) return
    object.link.list?.remove(object.link)
    this.shrinkCount--
    this.shrinkPages -= object.sizePages
  }

  #enter(object: I915GemObject): void {
    this.listOf(object).moveToTail(object.link)
    this.shrinkCount++
    this.shrinkPages += object.sizePages
  }
}
